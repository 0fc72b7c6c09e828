package org.pgkeep.vault;

import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * The archive of one server, by its id: its GUID.
 *
 * @param value the id; ordered by its text
 */
public record ArchiveId(UUID value) implements Comparable<ArchiveId> {
    /**
     * Reads the canonical text, 36 characters in lower case.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static ArchiveId parse(String text) {
        return new ArchiveId(Uuids.parse(text));
    }

    /** A new random id. */
    public static ArchiveId random(RandomGenerator random) {
        return new ArchiveId(Uuids.random(random));
    }

    @Override
    public int compareTo(ArchiveId other) {
        return Uuids.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
