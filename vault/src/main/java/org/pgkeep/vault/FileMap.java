package org.pgkeep.vault;

import java.util.List;

/**
 * Where the blocks of one file stand, and what they were.
 *
 * @param extents ascending by block and not overlapping; blocks that no extent covers are zeros
 * @param digests one per region of {@link #REGION_BLOCKS} blocks of the file, in order; that of the
 *     last region is over what the file has of it. They reach at least as far as the extents
 */
@SuppressWarnings("DoNotCallSuggester")
public record FileMap(List<Extent> extents, List<RegionDigest> digests) {
    /** Bytes of a block. */
    public static final int BLOCK_BYTES = 8192;

    /** Blocks of a region. */
    public static final int REGION_BLOCKS = 16;

    /** Bytes of a region. */
    public static final int REGION_BYTES = BLOCK_BYTES * REGION_BLOCKS;

    /** More blocks no file has: 8 EiB. */
    static final long BLOCKS_MAX = Long.MAX_VALUE / BLOCK_BYTES;

    /** Refuses extents that overlap, are out of order, or are short anywhere but at the end. */
    public FileMap {
        extents = List.copyOf(extents);
        digests = List.copyOf(digests);
        long end = 0;
        for (int i = 0; i < extents.size(); i++) {
            Extent extent = extents.get(i);
            if (extent.firstBlock() < end) {
                throw new IllegalArgumentException(
                        "extent at block " + extent.firstBlock() + " overlaps the one before");
            }
            if (extent.slice().length() % BLOCK_BYTES != 0 && i < extents.size() - 1) {
                throw new IllegalArgumentException(
                        "extent at block " + extent.firstBlock() + " is short but not the last");
            }
            end = extent.endBlock();
        }
        if (end > (long) digests.size() * REGION_BLOCKS) {
            throw new IllegalArgumentException(
                    digests.size() + " digests, but extents up to block " + end);
        }
    }

    /** The map of a file of no bytes. */
    public static FileMap empty() {
        return new FileMap(List.of(), List.of());
    }

    /** The map as bytes, to be given to {@link PackWriter#appendMap}. */
    public byte[] encode() {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT if the bytes are no map
     */
    public static FileMap decode(byte[] bytes) {
        throw new UnsupportedOperationException("not yet");
    }
}
