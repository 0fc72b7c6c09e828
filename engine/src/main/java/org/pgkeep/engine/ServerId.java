package org.pgkeep.engine;

import java.util.UUID;
import org.pgkeep.vault.ArchiveId;

/**
 * The identity of a protected server: it never changes and never returns.
 *
 * @param value also the id of the server's archive in the vault
 */
public record ServerId(UUID value) {
    /**
     * Reads the canonical text of a UUID.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static ServerId parse(String text) {
        return new ServerId(UUID.fromString(text));
    }

    /** The archive that holds what is kept of the server. */
    public ArchiveId archive() {
        return new ArchiveId(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
