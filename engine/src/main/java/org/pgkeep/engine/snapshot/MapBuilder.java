package org.pgkeep.engine.snapshot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the new map of a file, region after region, and stores what is new of it. A region whose
 * digest is the old one's is referred to; one that differs is fetched from the vault and compared
 * block by block, so that only changed blocks are stored again. Owned by one thread; holds one old
 * region's bytes beside the map.
 */
final class MapBuilder {
    private static final Logger LOG = LoggerFactory.getLogger(MapBuilder.class);

    private static final byte[] ZEROS = new byte[FileMap.REGION_BYTES];
    private static final boolean[] NONE = new boolean[FileMap.REGION_BLOCKS];

    private final Optional<FileMap> old;
    private final ChunkReader chunks;
    private final PackWriter packs;
    private final Predicate<Slice> isHeld;
    private final Unfinished.Hand notes;
    private final Extents extents = new Extents();
    private final List<RegionDigest> digests = new ArrayList<>();
    private int oldCursor;
    private boolean[] differing = NONE;

    /**
     * A builder of one file's map.
     *
     * @param old the file's map in the newest snapshot, all of whose packs are there
     * @param isHeld whether a slice's pack was there when the snapshot began
     * @param notes turned to this file: what a snapshot that was cut short stored of it
     */
    MapBuilder(
            Optional<FileMap> old,
            ChunkReader chunks,
            PackWriter packs,
            Predicate<Slice> isHeld,
            Unfinished.Hand notes) {
        this.old = old;
        this.chunks = chunks;
        this.packs = packs;
        this.isHeld = isHeld;
        this.notes = notes;
    }

    /** The next region was read whole: it is the first {@code length} bytes. */
    void add(byte[] region, int length) {
        RegionDigest digest = RegionDigest.of(region, 0, length);
        Optional<RegionDigest> oldDigest = oldDigest();
        List<Extent> oldExtents = nextOldExtents();
        long firstBlock = nextBlock();
        digests.add(digest);
        differing = NONE;
        if (oldDigest.equals(Optional.of(digest))) {
            oldExtents.forEach(extents::add);
            return;
        }
        boolean empty = Arrays.equals(region, 0, length, ZEROS, 0, length);
        if (empty && oldExtents.isEmpty()) {
            return;
        }
        Optional<OldRegion> there =
                oldExtents.isEmpty()
                        ? Optional.of(new OldRegion(List.of(), firstBlock, ZEROS))
                        : fetch(oldExtents, firstBlock);
        if (there.isEmpty() || oldExtents.isEmpty()) {
            differing = there.map(all -> changed(region, length, all)).orElse(NONE);
            if (!empty) {
                store(region, firstBlock, 0, length, digest);
            }
        } else {
            compare(region, length, firstBlock, there.get());
        }
    }

    /**
     * Which blocks of the region that was added last differ from the old ones; none where those
     * can't be read any more.
     */
    boolean[] differing() {
        return differing;
    }

    /** The next region was not read, because nothing of it changed. */
    void keep() {
        // what nobody knew of it then, nobody knows now
        RegionDigest digest = old.orElseThrow().digests().get(digests.size());
        nextOldExtents().forEach(extents::add);
        digests.add(digest);
    }

    /**
     * Of the next region, a whole one, only the blocks that may have changed were read; the others
     * are the old ones. What the whole region's digest is, nobody knows.
     *
     * @param region has the blocks read, each in its place
     */
    void addBlocks(byte[] region, boolean[] read) {
        OldRegion there = new OldRegion(nextOldExtents(), nextBlock(), new byte[0]);
        long firstBlock = nextBlock();
        digests.add(RegionDigest.UNKNOWN);
        emit(region, FileMap.REGION_BYTES, firstBlock, there, read);
    }

    /** The map of all regions so far. */
    FileMap build() {
        return new FileMap(extents.list(), digests);
    }

    /** Whether the map is the old one. */
    boolean isUnchanged(FileMap built) {
        return old.isPresent() && old.get().equals(built);
    }

    private long nextBlock() {
        return (long) digests.size() * FileMap.REGION_BLOCKS;
    }

    private Optional<RegionDigest> oldDigest() {
        return old.map(FileMap::digests)
                .filter(all -> digests.size() < all.size())
                .map(all -> all.get(digests.size()))
                .filter(digest -> !digest.equals(RegionDigest.UNKNOWN));
    }

    /** The old map's extents of the next region; one that crosses its borders is cut at them. */
    private List<Extent> nextOldExtents() {
        if (old.isEmpty()) {
            return List.of();
        }
        List<Extent> all = old.get().extents();
        long first = nextBlock();
        long end = first + FileMap.REGION_BLOCKS;
        List<Extent> found = new ArrayList<>();
        while (oldCursor < all.size() && all.get(oldCursor).firstBlock() < end) {
            Extent extent = all.get(oldCursor);
            if (extent.endBlock() > first) {
                found.add(cut(extent, first, end));
            }
            if (extent.endBlock() > end) {
                break;
            }
            oldCursor++;
        }
        return found;
    }

    private static Extent cut(Extent extent, long first, long end) {
        if (extent.firstBlock() >= first && extent.endBlock() <= end) {
            return extent;
        }
        long from = Math.max(first, extent.firstBlock());
        int skipped = (int) (from - extent.firstBlock()) * FileMap.BLOCK_BYTES;
        Slice slice = extent.slice();
        int length =
                (int)
                        Math.min(
                                slice.length() - skipped,
                                (Math.min(end, extent.endBlock()) - from) * FileMap.BLOCK_BYTES);
        return new Extent(from, new Slice(slice.chunk(), slice.offset() + skipped, length));
    }

    /** What is lost already is no ground to build on: the region is stored anew then. */
    private Optional<OldRegion> fetch(List<Extent> oldExtents, long firstBlock) {
        byte[] bytes = new byte[FileMap.REGION_BYTES];
        try {
            for (Extent extent : oldExtents) {
                byte[] found = chunks.read(extent.slice());
                int at = (int) (extent.firstBlock() - firstBlock) * FileMap.BLOCK_BYTES;
                System.arraycopy(found, 0, bytes, at, found.length);
            }
            return Optional.of(new OldRegion(oldExtents, firstBlock, bytes));
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            LOG.warn("storing a region anew: {}", failure.message());
            return Optional.empty();
        }
    }

    private void compare(byte[] region, int length, long firstBlock, OldRegion there) {
        differing = changed(region, length, there);
        emit(region, length, firstBlock, there, differing);
    }

    private static boolean[] changed(byte[] region, int length, OldRegion there) {
        boolean[] changed = new boolean[FileMap.REGION_BLOCKS];
        for (int block = 0; block * FileMap.BLOCK_BYTES < length; block++) {
            int at = block * FileMap.BLOCK_BYTES;
            int end = Math.min(length, at + FileMap.BLOCK_BYTES);
            int held = there.held(block);
            // a short last block that grew is another block, whatever its first bytes are
            changed[block] =
                    (held != 0 && held != end - at)
                            || !Arrays.equals(region, at, end, there.bytes, at, end);
        }
        return changed;
    }

    /** Stores runs of changed blocks and refers to runs of unchanged ones. */
    private void emit(
            byte[] region, int length, long firstBlock, OldRegion there, boolean[] changed) {
        int block = 0;
        while (block * FileMap.BLOCK_BYTES < length) {
            int from = block;
            while (block * FileMap.BLOCK_BYTES < length && changed[block]) {
                block++;
            }
            if (block > from) {
                int at = from * FileMap.BLOCK_BYTES;
                int end = Math.min(length, block * FileMap.BLOCK_BYTES);
                if (!Arrays.equals(region, at, end, ZEROS, at, end)) {
                    store(region, firstBlock + from, at, end - at);
                }
            } else {
                there.slice(block).ifPresent(slice -> extents.add(firstBlock + from, slice));
                block++;
            }
        }
    }

    /** Stores a run, unless a snapshot that was cut short did. */
    private void store(byte[] region, long block, int at, int length) {
        RegionDigest digest = RegionDigest.of(region, at, length);
        store(region, block, at, length, digest);
    }

    private void store(byte[] region, long block, int at, int length, RegionDigest digest) {
        Optional<Slice> stored = notes.find(block, length, digest).filter(isHeld);
        Slice slice = stored.orElseGet(() -> packs.appendData(region, at, length));
        if (stored.isEmpty()) {
            notes.note(block, length, digest, slice);
        }
        extents.add(block, slice);
    }

    /** One region as the old map has it. */
    private static final class OldRegion {
        private final List<Extent> extents;
        private final long firstBlock;
        private final byte[] bytes;

        OldRegion(List<Extent> extents, long firstBlock, byte[] bytes) {
            this.extents = extents;
            this.firstBlock = firstBlock;
            this.bytes = bytes;
        }

        /** Where a block stands; empty if it is a hole. */
        Optional<Slice> slice(int block) {
            long wanted = firstBlock + block;
            for (Extent extent : extents) {
                if (extent.firstBlock() <= wanted && wanted < extent.endBlock()) {
                    Slice slice = extent.slice();
                    int skipped = (int) (wanted - extent.firstBlock()) * FileMap.BLOCK_BYTES;
                    int length = Math.min(FileMap.BLOCK_BYTES, slice.length() - skipped);
                    return Optional.of(new Slice(slice.chunk(), slice.offset() + skipped, length));
                }
            }
            return Optional.empty();
        }

        /** How many bytes of a block are stored; 0 if it is a hole. */
        int held(int block) {
            return slice(block).map(Slice::length).orElse(0);
        }
    }
}
