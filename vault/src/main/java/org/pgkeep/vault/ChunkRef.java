package org.pgkeep.vault;

/**
 * A chunk of a pack.
 *
 * @param pack the pack
 * @param ordinal which of its chunks, from 0
 */
public record ChunkRef(PackId pack, int ordinal) {
    /** Refuses a negative ordinal. */
    public ChunkRef {
        if (ordinal < 0) {
            throw new IllegalArgumentException("negative ordinal: " + ordinal);
        }
    }
}
