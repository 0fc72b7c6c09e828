package org.pgkeep.vault;

/**
 * A run of clear bytes inside a chunk.
 *
 * @param chunk the chunk
 * @param offset of the run's first byte in the clear chunk
 * @param length of the run in bytes, at least 1
 */
public record Slice(ChunkRef chunk, int offset, int length) {
    /** Refuses a run that no chunk can hold. */
    public Slice {
        if (offset < 0 || length < 1 || (long) offset + length > PackWriter.MAP_BYTES_MAX) {
            throw new IllegalArgumentException("no run of bytes: " + offset + " + " + length);
        }
    }
}
