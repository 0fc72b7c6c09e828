package org.pgkeep.engine.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;

/**
 * The local files in which received WAL becomes durable before it is confirmed to the server: one
 * file per segment, named like it, holding the segment's bytes from its first one on.
 *
 * <p>A crash leaves whole files and one file that ends early; bytes behind the last {@link #sync()}
 * may be anything, and are replaced when the server sends them again. Files go when the vault holds
 * their segment.
 *
 * <p>One thread writes; reading by another thread what was synced is safe, because bytes below the
 * synced position never change.
 */
final class Spool implements AutoCloseable {
    private static final int TRANSFER_BYTES = 256 << 10;

    private final Path directory;
    private final int segmentBytes;

    /** The file written to; it belongs to the writing thread. */
    private @Nullable OpenSegment open;

    /**
     * A file whose sync failed. The system counts its pages as written then, though they are not,
     * so the next sync would succeed and prove nothing: they have to be written again.
     */
    private @Nullable Doubtful doubtful;

    /**
     * The file written to.
     *
     * @param identity which file it was when it was opened: one that was removed meanwhile takes
     *     bytes and syncs without complaint
     */
    private record OpenSegment(WalSegment segment, FileChannel channel, Object identity) {}

    /**
     * What to cut off before anything else is done.
     *
     * @param durable up to here the file was synced before
     */
    private record Doubtful(WalSegment segment, Lsn durable) {}

    /** Up to where the open file is durable; the writing thread's own. */
    private Lsn synced = Lsn.ZERO;

    /**
     * Opens the spool of one server.
     *
     * @param directory made if it is missing
     */
    Spool(Path directory, int segmentBytes) {
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        ensureDirectory();
    }

    /** Makes the folder where it is missing: somebody may have removed it. */
    void ensureDirectory() {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw disk("the spool " + directory + " can't be made", e);
        }
    }

    /** The segments that have a file, in the order of timeline and position. */
    List<WalSegment> segments() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> WalSegment.parse(file.getFileName().toString(), segmentBytes))
                    .flatMap(Optional::stream)
                    .sorted(
                            Comparator.comparing(WalSegment::timeline)
                                    .thenComparingLong(WalSegment::number))
                    .toList();
        } catch (IOException e) {
            throw disk("the spool " + directory + " can't be listed", e);
        }
    }

    /**
     * The position behind the last byte that the segment's file has; its start if there is none.
     */
    Lsn end(WalSegment segment) {
        cutDoubtful();
        return fileEnd(segment);
    }

    /** The same, from any thread: it may count what the next write cuts off. */
    private Lsn fileEnd(WalSegment segment) {
        Path file = file(segment);
        try {
            return segment.start().plus(Math.min(Files.size(file), segmentBytes));
        } catch (NoSuchFileException e) {
            return segment.start();
        } catch (IOException e) {
            throw disk("the spooled segment " + file + " can't be read", e);
        }
    }

    /**
     * Writes bytes of one timeline at a position. Bytes the file has already must be the same,
     * unless they stand behind {@code settled}: those were never confirmed, so the server's word
     * replaces them.
     *
     * @param settled up to here bytes were confirmed or are in the vault, and can't be others
     * @throws Failure DAMAGED_WAL if settled bytes differ, DISK or NO_SPACE if writing fails,
     *     SPOOL_LOST if a file that was written to is gone
     */
    void write(TimelineId timeline, Lsn at, Lsn settled, byte[] bytes, int offset, int length) {
        cutDoubtful();
        int done = 0;
        while (done < length) {
            Lsn position = at.plus(done);
            WalSegment segment = WalSegment.containing(timeline, position, segmentBytes);
            int room = (int) segment.end().minus(position);
            int count = Math.min(room, length - done);
            try {
                writeInto(openFor(segment), position, settled, bytes, offset + done, count);
            } catch (IOException e) {
                throw disk("writing the spooled segment " + file(segment) + " failed", e);
            }
            done += count;
        }
    }

    private static void writeInto(
            OpenSegment target, Lsn at, Lsn settled, byte[] bytes, int offset, int length)
            throws IOException {
        long within = at.minus(target.segment().start());
        long have = target.channel().size();
        if (have < within) {
            throw new IllegalStateException(
                    "a gap in " + target.segment().fileName() + ": has " + have + ", at " + within);
        }
        int same = 0;
        if (have > within) {
            int overlap = (int) Math.min(length, have - within);
            byte[] known = new byte[overlap];
            readFully(target.channel(), within, known, overlap);
            int differs = Arrays.mismatch(known, 0, overlap, bytes, offset, offset + overlap);
            if (differs < 0) {
                same = overlap;
            } else if (at.plus(differs).isBefore(settled)) {
                throw new Failure(
                        Code.DAMAGED_WAL,
                        "the server sent other WAL at "
                                + at.plus(differs)
                                + " than pgkeep holds already: it was set back to an older state"
                                + " of itself",
                        "nothing more of it enters this archive: delete it here and create or"
                                + " restore it anew, so that it gets its own");
            } else {
                target.channel().truncate(within + differs);
                same = differs;
            }
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset + same, length - same);
        long position = within + same;
        while (rest.hasRemaining()) {
            position += target.channel().write(rest, position);
        }
    }

    private OpenSegment openFor(WalSegment segment) throws IOException {
        OpenSegment current = open;
        if (current != null && current.segment().equals(segment)) {
            return current;
        }
        closeCurrent();
        Path file = file(segment);
        boolean fresh = !Files.exists(file);
        FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        if (fresh) {
            syncDirectory();
        }
        OpenSegment opened = new OpenSegment(segment, channel, identity(file));
        open = opened;
        // what it has already was synced when it was left, or by makeDurable
        synced = segment.start().plus(channel.size());
        return opened;
    }

    /**
     * Makes everything that is there durable, whoever wrote it: an earlier process may have ended
     * between writing and syncing.
     */
    void makeDurable() {
        for (WalSegment segment : segments()) {
            try (FileChannel channel = FileChannel.open(file(segment), StandardOpenOption.WRITE)) {
                channel.force(true);
            } catch (IOException e) {
                throw disk("syncing " + file(segment) + " failed", e);
            }
        }
        try {
            syncDirectory();
        } catch (IOException e) {
            throw disk("syncing the spool " + directory + " failed", e);
        }
    }

    /**
     * Makes everything written so far durable.
     *
     * @throws Failure SPOOL_LOST if the file was removed or replaced while it was written to
     */
    void sync() {
        OpenSegment current = open;
        if (current != null) {
            try {
                force(current);
                refuseRemoved(current);
                synced = current.segment().start().plus(current.channel().size());
            } catch (IOException e) {
                throw disk("syncing " + file(current.segment()) + " failed", e);
            }
        }
    }

    private static Object identity(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key == null ? file : key;
    }

    private void refuseRemoved(OpenSegment current) throws IOException {
        Path file = file(current.segment());
        boolean same;
        try {
            same = identity(file).equals(current.identity());
        } catch (NoSuchFileException e) {
            same = false;
        }
        if (!same) {
            letGo();
            throw lost(file);
        }
    }

    private static Failure lost(Path file) {
        return new Failure(
                Code.SPOOL_LOST,
                "the spooled segment " + file + " was removed while pgkeep used it",
                "leave that folder to pgkeep; it asks the server for the WAL again");
    }

    private void force(OpenSegment current) throws IOException {
        try {
            current.channel().force(false);
        } catch (IOException e) {
            doubtful = new Doubtful(current.segment(), synced);
            throw e;
        }
    }

    private void cutDoubtful() {
        Doubtful doubt = doubtful;
        if (doubt != null) {
            letGo();
            if (Files.exists(file(doubt.segment()))) {
                cut(doubt.segment(), doubt.durable());
            }
            doubtful = null;
        }
    }

    /** Reads bytes of one segment that were written before. */
    byte[] read(TimelineId timeline, Lsn from, int length) {
        byte[] bytes = new byte[length];
        read(timeline, from, bytes, length);
        return bytes;
    }

    /**
     * Reads bytes of one segment that were written before into the front of an array.
     *
     * @throws Failure SPOOL_LOST if the file is gone, DISK if it can't be read
     */
    void read(TimelineId timeline, Lsn from, byte[] into, int length) {
        WalSegment segment = WalSegment.containing(timeline, from, segmentBytes);
        Path file = file(segment);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            readFully(channel, from.minus(segment.start()), into, length);
        } catch (NoSuchFileException e) {
            throw lost(file);
        } catch (IOException e) {
            throw disk("reading the spooled segment " + file + " failed", e);
        }
    }

    /** Cuts a segment's file off behind a position, because what follows can't be trusted. */
    void cut(WalSegment segment, Lsn end) {
        try (FileChannel channel = FileChannel.open(file(segment), StandardOpenOption.WRITE)) {
            channel.truncate(end.minus(segment.start()));
            channel.force(true);
        } catch (IOException e) {
            throw disk("cutting the spooled segment " + file(segment) + " failed", e);
        }
    }

    /**
     * Removes the files of a timeline that the vault holds. The newest file of all stays: it tells
     * where to go on when the vault can't be asked.
     *
     * @param from files before it stay: they may be there because they got lost once
     * @param held everything of the timeline from there up to here is in the vault
     */
    void dropHeld(TimelineId timeline, Lsn from, Lsn held) {
        List<WalSegment> all = segments();
        for (WalSegment segment : all) {
            boolean newest = segment.equals(all.getLast());
            boolean among = segment.timeline().equals(timeline) && !segment.start().isBefore(from);
            if (!newest && among && !fileEnd(segment).isAfter(held)) {
                boolean whole = fileEnd(segment).equals(segment.end());
                boolean left = !all.getLast().timeline().equals(timeline);
                if (whole || left) {
                    drop(segment);
                }
            }
        }
    }

    private void drop(WalSegment segment) {
        try {
            Files.deleteIfExists(file(segment));
        } catch (IOException e) {
            throw disk("removing the spooled segment " + file(segment) + " failed", e);
        }
    }

    /** The bytes of all files. */
    long bytes() {
        long bytes = 0;
        for (WalSegment segment : segments()) {
            // none is left of what is shipped meanwhile
            bytes += fileEnd(segment).minus(segment.start());
        }
        return bytes;
    }

    /** Whether a segment has a file. */
    boolean has(WalSegment segment) {
        return Files.exists(file(segment));
    }

    /** Keeps a timeline's history durably until the vault has it. */
    void keepHistory(TimelineHistory history) {
        Path file = directory.resolve(history.timeline().historyFileName());
        try {
            if (Files.exists(file)) {
                return;
            }
            Path half = directory.resolve(history.timeline().historyFileName() + ".tmp");
            Files.write(half, history.file());
            try (FileChannel channel = FileChannel.open(half, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
            syncDirectory();
        } catch (IOException e) {
            throw disk("keeping " + file + " failed", e);
        }
    }

    /** The histories kept. */
    List<TimelineHistory> histories() {
        try (Stream<Path> files = Files.list(directory)) {
            List<TimelineHistory> found = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.matches("[0-9A-F]{8}[.]history")) {
                    TimelineId timeline =
                            new TimelineId(Integer.parseUnsignedInt(name.substring(0, 8), 16));
                    found.add(TimelineHistory.parse(timeline, Files.readAllBytes(file)));
                }
            }
            return found;
        } catch (IOException e) {
            throw disk("the spool " + directory + " can't be read", e);
        }
    }

    @Override
    public void close() {
        try {
            closeCurrent();
        } catch (IOException e) {
            throw disk("closing the spool " + directory + " failed", e);
        }
    }

    /** Closes the file written to, of which nothing is believed any more. */
    void letGo() {
        OpenSegment current = open;
        open = null;
        if (current != null) {
            try {
                current.channel().close();
            } catch (IOException e) {
                throw disk("closing " + file(current.segment()) + " failed", e);
            }
        }
    }

    /** Syncs and closes the file written to: the next segment's bytes must not be durable first. */
    private void closeCurrent() throws IOException {
        OpenSegment current = open;
        open = null;
        if (current != null) {
            try {
                force(current);
                refuseRemoved(current);
            } finally {
                current.channel().close();
            }
        }
    }

    private void syncDirectory() throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void readFully(FileChannel channel, long at, byte[] into, int length)
            throws IOException {
        int done = 0;
        while (done < length) {
            // the JDK keeps a direct buffer of this size per thread, and a larger one would stay
            int piece = Math.min(TRANSFER_BYTES, length - done);
            int count = channel.read(ByteBuffer.wrap(into, done, piece), at + done);
            if (count < 0) {
                throw new IOException("the file ends at " + (at + done));
            }
            done += count;
        }
    }

    private Path file(WalSegment segment) {
        return directory.resolve(segment.fileName());
    }

    private static Failure disk(String what, IOException e) {
        if (e instanceof ClosedByInterruptException) {
            return new Failure(
                    Code.INTERRUPTED, what + ": it was interrupted", "start it again", e);
        }
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new Failure(
                full ? Code.NO_SPACE : Code.DISK,
                what + ": " + e.getMessage(),
                full
                        ? "make room on that disk; the server keeps its WAL meanwhile"
                        : "look at the disk and at the folder's permissions",
                new UncheckedIOException(e));
    }
}
