package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Decoder;
import org.pgkeep.vault.seal.Encoder;

/**
 * Where the blocks of one file stand, and what they were.
 *
 * @param extents ascending by block and not overlapping; blocks that no extent covers are zeros
 * @param digests one per region of {@link #REGION_BLOCKS} blocks of the file, in order; that of the
 *     last region is over what the file has of it. They reach at least as far as the extents
 */
public record FileMap(List<Extent> extents, List<RegionDigest> digests) {
    /** Bytes of a block. */
    public static final int BLOCK_BYTES = 8192;

    /** Blocks of a region. */
    public static final int REGION_BLOCKS = 16;

    /** Bytes of a region. */
    public static final int REGION_BYTES = BLOCK_BYTES * REGION_BLOCKS;

    /** More blocks no file has: 8 EiB. */
    static final long BLOCKS_MAX = Long.MAX_VALUE / BLOCK_BYTES;

    private static final int PACK_BYTES = 16;
    private static final int EXTENT_BYTES_MIN = 5;

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

    /**
     * The map as bytes, to be given to {@link PackWriter#appendMap}.
     *
     * @throws Failure WRONG_STATE if the file is too large for a map, some 200 GB
     */
    public byte[] encode() {
        Map<PackId, Integer> packs = new LinkedHashMap<>();
        for (Extent extent : extents) {
            packs.putIfAbsent(extent.slice().chunk().pack(), packs.size());
        }
        Encoder out = new Encoder();
        out.varint(packs.size());
        packs.keySet().forEach(pack -> out.uuid(pack.value()));
        out.varint(extents.size());
        long end = 0;
        int ordinal = 0;
        for (Extent extent : extents) {
            Slice slice = extent.slice();
            ChunkRef chunk = slice.chunk();
            out.varint(extent.firstBlock() - end)
                    .varint(packs.getOrDefault(chunk.pack(), -1))
                    .zigzag((long) chunk.ordinal() - ordinal)
                    .varint(slice.offset())
                    .varint(slice.length());
            end = extent.endBlock();
            ordinal = chunk.ordinal();
        }
        out.varint(digests.size());
        digests.forEach(digest -> out.u64(digest.high()).u64(digest.low()));
        if (out.length() > PackWriter.MAP_BYTES_MAX) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "a file of " + end + " blocks is larger than a backup can describe",
                    "move files that are not PostgreSQL's out of the data directory");
        }
        return out.toBytes();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws Failure DAMAGED_OBJECT if the bytes are no map
     */
    public static FileMap decode(byte[] bytes) {
        return decode(bytes, "(a file map)");
    }

    /** Reads the map that stands at a slice; a failure names the pack. */
    public static FileMap read(ChunkReader reader, Slice slice) {
        return decode(reader.read(slice), Names.pack(slice.chunk().pack()).text());
    }

    /**
     * The packs that the map at a slice refers to; reads the beginning of the map only. A failure
     * names the pack.
     */
    public static List<PackId> readPacks(ChunkReader reader, Slice slice) {
        String object = Names.pack(slice.chunk().pack()).text();
        return List.of(packs(new Decoder(object, reader.read(slice))));
    }

    private static PackId[] packs(Decoder in) {
        PackId[] packs = new PackId[in.count(in.left() / PACK_BYTES)];
        for (int i = 0; i < packs.length; i++) {
            packs[i] = new PackId(in.uuid());
        }
        return packs;
    }

    private static FileMap decode(byte[] bytes, String object) {
        Decoder in = new Decoder(object, bytes);
        PackId[] packs = packs(in);
        int extentCount = in.count(in.left() / EXTENT_BYTES_MIN);
        List<Extent> extents = new ArrayList<>(extentCount);
        try {
            long end = 0;
            long ordinal = 0;
            for (int i = 0; i < extentCount; i++) {
                long firstBlock = end + in.varint(BLOCKS_MAX);
                int pack = in.count(packs.length - 1);
                ordinal += in.zigzag();
                if (ordinal != (int) ordinal) {
                    throw in.damage("a chunk ordinal of " + ordinal);
                }
                int offset = in.count(PackWriter.CHUNK_BYTES);
                int length = in.count(PackWriter.CHUNK_BYTES);
                ChunkRef chunk = new ChunkRef(packs[pack], (int) ordinal);
                Extent extent = new Extent(firstBlock, new Slice(chunk, offset, length));
                extents.add(extent);
                end = extent.endBlock();
            }
            int digestCount = in.count(in.left() / RegionDigest.BYTES);
            List<RegionDigest> digests = new ArrayList<>(digestCount);
            for (int i = 0; i < digestCount; i++) {
                long high = in.u64();
                digests.add(new RegionDigest(high, in.u64()));
            }
            in.end();
            return new FileMap(extents, digests);
        } catch (IllegalArgumentException e) {
            throw Damage.of(object, "a file map that can't be: " + e.getMessage(), e);
        }
    }
}
