package org.pgkeep.vault;

/**
 * Where a stretch of a file's blocks stands.
 *
 * @param firstBlock the number of the stretch's first block of {@link FileMap#BLOCK_BYTES}
 * @param slice the blocks' clear bytes; whole blocks, save for the last of the file
 */
public record Extent(long firstBlock, Slice slice) {
    /**
     * Refuses a block number whose byte offset is no long, and a slice that no data chunk holds.
     */
    public Extent {
        if (slice.offset() + slice.length() > PackWriter.CHUNK_BYTES) {
            throw new IllegalArgumentException("no slice of a chunk of data: " + slice);
        }
        if (firstBlock < 0 || firstBlock > FileMap.BLOCKS_MAX) {
            throw new IllegalArgumentException("no block number: " + firstBlock);
        }
    }

    /** The number of blocks, a short last one counted. */
    public int blocks() {
        return (slice.length() + FileMap.BLOCK_BYTES - 1) / FileMap.BLOCK_BYTES;
    }

    /** The block behind the last one. */
    public long endBlock() {
        return firstBlock + blocks();
    }
}
