package org.pgkeep.engine.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
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
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.PackWriter;
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
    static final int DAMAGED_PAGES_MAX = 1000;

    private final Path root;
    private final ChunkReader chunks;
    private final Set<PackId> packsHeld;
    private final PackWriter packs;
    private final ControlFile cluster;
    private final Lsn startLsn;
    private final ChangedBlocks changed;
    private final PageWatch watch;
    private final Gathering gathering;
    private final Unfinished.Hand notes;
    private final Pace.Step pace;
    private final LongConsumer done;
    private final byte[] region = new byte[FileMap.REGION_BYTES];
    private final boolean[] damagedInRegion = new boolean[FileMap.REGION_BLOCKS];
    private final List<String> damagedPages = new ArrayList<>();
    private Optional<ControlFile> control = Optional.empty();
    private long readBytes;

    /**
     * A reader of files below a root.
     *
     * @param packsHeld the packs that were in the vault when the snapshot began
     * @param startLsn pages written behind it may be torn: WAL repairs them
     * @param changed which blocks need not be read
     * @param watch looks at pages that were read though they need not be
     * @param notes what a snapshot that was cut short stored, and what this one does
     * @param pace when to read on
     * @param done hears of bytes that are done, read or not
     */
    FileReader(
            Path root,
            ChunkReader chunks,
            Set<PackId> packsHeld,
            PackWriter packs,
            ControlFile cluster,
            Lsn startLsn,
            ChangedBlocks changed,
            PageWatch watch,
            Unfinished.Hand notes,
            Pace.Step pace,
            LongConsumer done) {
        this.root = root;
        this.chunks = chunks;
        this.packsHeld = packsHeld;
        this.packs = packs;
        this.cluster = cluster;
        this.startLsn = startLsn;
        this.changed = changed;
        this.watch = watch;
        this.gathering = new Gathering(chunks, packsHeld, packs);
        this.notes = notes;
        this.pace = pace;
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
        if (isUnchanged(file, known)) {
            done.accept(file.bytes());
            return known.map(same ->
                    new TreeEntry.RegularFile(
                            file.path(),
                            file.mode(),
                            file.modifiedMillis(),
                            same.bytes(),
                            same.map()));
        }
        Path path = root.resolve(file.path());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (file.role() instanceof DataFile.Control) {
                return Optional.of(readControl(file, path));
            }
            return Optional.of(readRegions(file, channel, known));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (ClosedByInterruptException e) {
            throw new Failure(
                    Code.INTERRUPTED, "interrupted while reading " + path, "start it again", e);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "reading " + path + " failed: " + e.getMessage(),
                    "a backup without this file would be none: look at the file's permissions and"
                            + " at the disk",
                    e);
        }
    }

    /**
     * Whether nothing of a file was changed and nothing of it is to be looked at: then it need not
     * be opened. Most files of most servers are so, and smaller than a region.
     */
    private boolean isUnchanged(DataFile.RegularFile file, Optional<TreeEntry.RegularFile> known) {
        if (known.isEmpty()
                || file.bytes() != known.get().bytes()
                || file.bytes() % FileMap.BLOCK_BYTES != 0) {
            return false;
        }
        Optional<ChangedBlocks.Blocks> word = changed.of(file);
        if (word.isEmpty()) {
            return false;
        }
        for (long block = 0; block < file.bytes() / FileMap.BLOCK_BYTES; block++) {
            if (word.get().mayHaveChanged(block)
                    || (block % FileMap.REGION_BLOCKS == 0
                            && watch.wants(file.path(), block / FileMap.REGION_BLOCKS))) {
                return false;
            }
        }
        return mapThatHolds(known.get()).isPresent();
    }

    private TreeEntry readRegions(
            DataFile.RegularFile file, FileChannel channel, Optional<TreeEntry.RegularFile> known)
            throws IOException {
        Optional<FileMap> old = known.flatMap(this::mapThatHolds);
        MapBuilder map = mapOf(file, old);
        // what is appended while this reads comes back from the WAL
        long size = channel.size();
        // blocks left out are taken from the old map, so only as far as both files reach
        long wordReaches = old.isPresent() ? Math.min(size, known.orElseThrow().bytes()) : 0;
        Optional<ChangedBlocks.Blocks> word =
                wordReaches == 0 ? Optional.empty() : changed.of(file);
        long at = 0;
        while (at < size) {
            int wanted = (int) Math.min(FileMap.REGION_BYTES, size - at);
            if (word.isPresent()
                    && at + FileMap.REGION_BYTES <= wordReaches
                    && !watch.wants(file.path(), at / FileMap.REGION_BYTES)) {
                if (!readChanged(file, channel, at, word.get(), map)) {
                    // cut meanwhile: the rest is read as it is
                    word = Optional.empty();
                    continue;
                }
                done.accept(wanted);
                at += wanted;
                continue;
            }
            int length = readFully(channel, at, 0, wanted);
            if (length == 0) {
                break;
            }
            verify(file, channel, at, 0, length);
            map.add(region, length);
            if (word.isPresent()) {
                look(file, at, (int) Math.min(length, wordReaches - at), word.get(), map);
            }
            count(length);
            at += length;
            if (length < wanted) {
                break;
            }
        }
        return entry(file, at, map, known);
    }

    private MapBuilder mapOf(DataFile file, Optional<FileMap> old) {
        notes.turnTo(file.path());
        return new MapBuilder(
                old, chunks, packs, slice -> packsHeld.contains(slice.chunk().pack()), notes);
    }

    /** Holds the whole pages of a region that was read against the word. */
    private void look(
            DataFile.RegularFile file,
            long at,
            int length,
            ChangedBlocks.Blocks word,
            MapBuilder map) {
        boolean[] differs = map.differing();
        for (int i = 0; (i + 1) * FileMap.BLOCK_BYTES <= length; i++) {
            long block = at / FileMap.BLOCK_BYTES + i;
            // what is damaged is reported as such
            if (!damagedInRegion[i] && !word.mayHaveChanged(block)) {
                watch.look(file.path(), block, region, i * FileMap.BLOCK_BYTES, differs[i]);
            }
        }
    }

    /** Reads what may have changed of a whole region; false if it is not whole any more. */
    private boolean readChanged(
            DataFile.RegularFile file,
            FileChannel channel,
            long at,
            ChangedBlocks.Blocks word,
            MapBuilder map)
            throws IOException {
        boolean[] read = new boolean[FileMap.REGION_BLOCKS];
        int count = 0;
        for (int i = 0; i < read.length; i++) {
            if (word.mayHaveChanged(at / FileMap.BLOCK_BYTES + i)) {
                read[i] = true;
                count++;
                int offset = i * FileMap.BLOCK_BYTES;
                if (readFully(channel, at + offset, offset, FileMap.BLOCK_BYTES)
                        < FileMap.BLOCK_BYTES) {
                    return false;
                }
                verify(file, channel, at + offset, offset, FileMap.BLOCK_BYTES);
            }
        }
        if (count == 0) {
            map.keep();
        } else {
            map.addBlocks(region, read);
            readBytes += (long) count * FileMap.BLOCK_BYTES;
        }
        return true;
    }

    private void count(int bytes) {
        readBytes += bytes;
        done.accept(bytes);
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
            byte[] encoded = gathering.gather(built).encode();
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
            MapBuilder map = mapOf(file, Optional.empty());
            map.add(bytes, bytes.length);
            count(bytes.length);
            return entry(file, bytes.length, map, Optional.empty());
        }
        throw new Failure(
                Code.DAMAGED_DATA,
                "pg_control reads damaged again and again",
                "look at the server: it would not start again as it is",
                torn);
    }

    /** Reads into the region's buffer from {@code offset} on; less at the end of the file. */
    private int readFully(FileChannel channel, long at, int offset, int length) throws IOException {
        pace.before(length);
        ByteBuffer buffer = ByteBuffer.wrap(region, offset, length);
        long start = at - offset;
        while (buffer.hasRemaining() && channel.read(buffer, start + buffer.position()) >= 0) {}
        return buffer.position() - offset;
    }

    // ---- page checksums

    private void verify(
            DataFile.RegularFile file, FileChannel channel, long at, int offset, int length)
            throws IOException {
        Arrays.fill(damagedInRegion, false);
        Optional<RelationPart> relation = file.relation();
        if (relation.isEmpty() || !cluster.hasDataChecksums()) {
            return;
        }
        long first =
                relation.get().firstBlock(cluster.relationSegmentBlocks())
                        + at / PageChecksum.PAGE_BYTES;
        for (int i = 0; i + PageChecksum.PAGE_BYTES <= length; i += PageChecksum.PAGE_BYTES) {
            long block = first + i / PageChecksum.PAGE_BYTES;
            if (!PageChecksum.verify(region, offset + i, block)
                    && !becomesWhole(channel, at + i, offset + i, block)) {
                damagedInRegion[(offset + i) / PageChecksum.PAGE_BYTES] = true;
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
}
