package org.pgkeep.service.catalog;

import java.util.UUID;

/**
 * The identity of a job.
 *
 * @param value random
 */
public record JobId(UUID value) {
    /**
     * Reads the canonical text of a UUID.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static JobId parse(String text) {
        return new JobId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
