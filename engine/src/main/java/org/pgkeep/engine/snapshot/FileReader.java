package org.pgkeep.engine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.postgres.files.PageChecksum;
import org.pgkeep.postgres.files.RelationPart;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.TreeEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one file after the other, region by region: verifies page checksums, compares with what is
 * known, and appends what is new. Owned by one thread.
 */
final class FileReader {
    private static final Logger LOG = LoggerFactory.getLogger(FileReader.class);

    /** A page that is being written reads torn; a moment later it is whole. */
    private static final int READS_MAX = 5;

    private static final long REREAD_AFTER_MILLIS = 20;

    /**
     * A file with more damaged pages than this is reported no further, or the report has no end.
     */
    private static final int DAMAGED_PAGES_MAX = 1000;

    private static final byte[] ZEROS = new byte[FileMap.REGION_BYTES];

    private final Path root;
    private final ChunkReader chunks;
    private final Set<PackId> packsHeld;
    private final PackWriter packs;
    private final ControlFile cluster;
    private final Lsn startLsn;
    private final LongConsumer done;
    private final byte[] region = new byte[FileMap.REGION_BYTES];
    private final List<String> damagedPages = new ArrayList<>();
    private Optional<ControlFile> control = Optional.empty();
    private long readBytes;

    /**
     * A reader of files below a root.
     *
     * @param packsHeld the packs that were in the vault when the snapshot began
     * @param startLsn pages written behind it may be torn: WAL repairs them
     * @param done hears of bytes read
     */
    FileReader(
            Path root,
            ChunkReader chunks,
            Set<PackId> packsHeld,
            PackWriter packs,
            ControlFile cluster,
            Lsn startLsn,
            LongConsumer done) {
        this.root = root;
        this.chunks = chunks;
        this.packsHeld = packsHeld;
        this.packs = packs;
        this.cluster = cluster;
        this.startLsn = startLsn;
        this.done = done;
    }

    long readBytes() {
        return readBytes;
    }

    List<String> damagedPages() {
        return damagedPages;
    }

    Optional<ControlFile> control() {
        return control;
    }

    /**
     * Reads a file.
     *
     * @param known the file as the newest snapshot has it
     * @return its entry; empty if it vanished meanwhile, which is normal
     * @throws Failure DISK if it is there and can't be read
     */
    Optional<TreeEntry> read(DataFile.RegularFile file, Optional<TreeEntry.RegularFile> known) {
        Path path = root.resolve(file.path());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (file.role() instanceof DataFile.Control) {
                return Optional.of(readControl(file, path));
            }
            return Optional.of(readRegions(file, channel, known));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "reading " + path + " failed: " + e.getMessage(),
                    "a backup without this file would be none: look at the file's permissions and"
                            + " at the disk",
                    e);
        }
    }

    private TreeEntry readRegions(
            DataFile.RegularFile file, FileChannel channel, Optional<TreeEntry.RegularFile> known)
            throws IOException {
        Optional<FileMap> old = known.flatMap(this::mapThatHolds);
        MapBuilder map = new MapBuilder(old);
        // what is appended while this reads comes back from the WAL
        long size = channel.size();
        long at = 0;
        while (at < size) {
            int wanted = (int) Math.min(FileMap.REGION_BYTES, size - at);
            int length = readFully(channel, at, wanted);
            if (length == 0) {
                break;
            }
            verify(file, channel, at, length);
            map.add(length);
            readBytes += length;
            done.accept(length);
            at += length;
            if (length < wanted) {
                break;
            }
        }
        return entry(file, at, map, known);
    }

    /**
     * The map of a known file; empty if it does not open, or leads to packs that are gone: a new
     * snapshot must not rest on what is lost already.
     */
    private Optional<FileMap> mapThatHolds(TreeEntry.RegularFile entry) {
        if (!packsHeld.contains(entry.map().chunk().pack())) {
            return Optional.empty();
        }
        try {
            return Optional.of(FileMap.decode(chunks.read(entry.map())))
                    .filter(map ->
                            map.extents().stream()
                                    .allMatch(each ->
                                            packsHeld.contains(each.slice().chunk().pack())));
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            LOG.warn("reading all of {} again: {}", entry.path(), failure.message());
            return Optional.empty();
        }
    }

    private TreeEntry entry(
            DataFile.RegularFile file,
            long bytes,
            MapBuilder map,
            Optional<TreeEntry.RegularFile> known) {
        FileMap built = map.build();
        boolean same = known.isPresent() && known.get().bytes() == bytes && map.isUnchanged(built);
        Slice slice;
        if (same) {
            slice = known.get().map();
        } else {
            byte[] encoded = built.encode();
            slice = packs.appendMap(encoded, 0, encoded.length);
        }
        return new TreeEntry.RegularFile(
                file.path(), file.mode(), file.modifiedMillis(), bytes, slice);
    }

    /** pg_control is written in place: it is read until its CRC is right. */
    private TreeEntry readControl(DataFile.RegularFile file, Path path) throws IOException {
        Failure torn = null;
        for (int i = 0; i < READS_MAX; i++) {
            byte[] bytes = java.nio.file.Files.readAllBytes(path);
            try {
                control = Optional.of(ControlFile.parse(bytes));
            } catch (Failure failure) {
                torn = failure;
                pause();
                continue;
            }
            MapBuilder map = new MapBuilder(Optional.empty());
            System.arraycopy(bytes, 0, region, 0, bytes.length);
            map.add(bytes.length);
            readBytes += bytes.length;
            done.accept(bytes.length);
            return entry(file, bytes.length, map, Optional.empty());
        }
        throw new Failure(
                Code.DAMAGED_DATA,
                "pg_control reads damaged again and again",
                "look at the server: it would not start again as it is",
                torn);
    }

    private int readFully(FileChannel channel, long at, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(region, 0, length);
        while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {}
        return buffer.position();
    }

    // ---- page checksums

    private void verify(DataFile.RegularFile file, FileChannel channel, long at, int length)
            throws IOException {
        Optional<RelationPart> relation = file.relation();
        if (relation.isEmpty() || !cluster.hasDataChecksums()) {
            return;
        }
        long first =
                relation.get().firstBlock(cluster.relationSegmentBlocks())
                        + at / PageChecksum.PAGE_BYTES;
        for (int i = 0; i + PageChecksum.PAGE_BYTES <= length; i += PageChecksum.PAGE_BYTES) {
            long block = first + i / PageChecksum.PAGE_BYTES;
            if (!PageChecksum.verify(region, i, block)
                    && !becomesWhole(channel, at + i, i, block)) {
                if (damagedPages.size() < DAMAGED_PAGES_MAX) {
                    damagedPages.add(file.path() + ":" + (at + i) / PageChecksum.PAGE_BYTES);
                }
            }
        }
    }

    /**
     * A page whose checksum fails is either being written right now, or was since the backup began
     * (then its WAL has a full image), or is damaged.
     */
    private boolean becomesWhole(FileChannel channel, long at, int offset, long block)
            throws IOException {
        for (int i = 0; i < READS_MAX; i++) {
            if (PageChecksum.lsn(region, offset).isAfter(startLsn)) {
                return true;
            }
            pause();
            ByteBuffer page = ByteBuffer.wrap(region, offset, PageChecksum.PAGE_BYTES);
            int count = channel.read(page, at);
            if (count < PageChecksum.PAGE_BYTES) {
                // cut meanwhile: WAL cuts it again
                return true;
            }
            if (PageChecksum.verify(region, offset, block)) {
                return true;
            }
        }
        return false;
    }

    private static void pause() {
        try {
            Thread.sleep(REREAD_AFTER_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the new map

    /** Builds the map of the file that is being read, out of {@link #region} after region. */
    private final class MapBuilder {
        private final Optional<FileMap> old;
        private final List<Extent> extents = new ArrayList<>();
        private final List<RegionDigest> digests = new ArrayList<>();
        private int oldCursor;

        MapBuilder(Optional<FileMap> old) {
            this.old = old;
        }

        /** The next region is the first {@code length} bytes of the buffer. */
        void add(int length) {
            int index = digests.size();
            RegionDigest digest = RegionDigest.of(region, 0, length);
            digests.add(digest);
            long firstBlock = (long) index * FileMap.REGION_BLOCKS;
            if (old.isPresent()
                    && index < old.get().digests().size()
                    && old.get().digests().get(index).equals(digest)) {
                takeOver(old.get(), firstBlock);
            } else if (!Arrays.equals(region, 0, length, ZEROS, 0, length)) {
                extents.add(new Extent(firstBlock, packs.appendData(region, 0, length)));
            }
        }

        /** The old map's extents of one region; extents never cross regions (see {@link #add}). */
        private void takeOver(FileMap map, long firstBlock) {
            List<Extent> all = map.extents();
            while (oldCursor < all.size() && all.get(oldCursor).firstBlock() < firstBlock) {
                oldCursor++;
            }
            long end = firstBlock + FileMap.REGION_BLOCKS;
            while (oldCursor < all.size() && all.get(oldCursor).firstBlock() < end) {
                extents.add(all.get(oldCursor++));
            }
        }

        FileMap build() {
            return new FileMap(extents, digests);
        }

        boolean isUnchanged(FileMap built) {
            return old.isPresent() && old.get().equals(built);
        }
    }
}
