package org.pgkeep.engine.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
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
    private final Path directory;
    private final int segmentBytes;

    /** The file written to; it belongs to the writing thread. */
    private @Nullable OpenSegment open;

    /**
     * A file whose sync failed. The system counts its pages as written then, though they are not,
     * so the next sync would succeed and prove nothing: they have to be written again.
     */
    private @Nullable Doubtful doubtful;

    private record OpenSegment(WalSegment segment, FileChannel channel) {}

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
        Path file = file(segment);
        try {
            return segment.start()
                    .plus(Files.exists(file) ? Math.min(Files.size(file), segmentBytes) : 0);
        } catch (IOException e) {
            throw disk("the spooled segment " + file + " can't be read", e);
        }
    }

    /**
     * Writes bytes of one timeline at a position. Bytes the file has already must be the same,
     * unless they stand behind {@code settled}: those were never confirmed, so the server's word
     * replaces them.
     *
     * @param settled up to here bytes are in the vault, and can't be others any more
     * @throws Failure DAMAGED_WAL if settled bytes differ, DISK or NO_SPACE if writing fails
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
            readFully(target.channel(), within, known);
            int differs = Arrays.mismatch(known, 0, overlap, bytes, offset, offset + overlap);
            if (differs < 0) {
                same = overlap;
            } else if (at.plus(differs).isBefore(settled)) {
                throw new Failure(
                        Code.DAMAGED_WAL,
                        "the server sent other WAL at "
                                + at.plus(differs)
                                + " than the vault holds already",
                        "was the server restored or rewound under the same data directory? delete"
                                + " it here and create or restore it anew, so that it gets its own"
                                + " archive");
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
        OpenSegment opened = new OpenSegment(segment, channel);
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

    /** Makes everything written so far durable. */
    void sync() {
        OpenSegment current = open;
        if (current != null) {
            try {
                force(current);
                synced = current.segment().start().plus(current.channel().size());
            } catch (IOException e) {
                throw disk("syncing " + file(current.segment()) + " failed", e);
            }
        }
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
        WalSegment segment = WalSegment.containing(timeline, from, segmentBytes);
        Path file = file(segment);
        byte[] bytes = new byte[length];
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            readFully(channel, from.minus(segment.start()), bytes);
            return bytes;
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

    /** Removes a segment's file: the vault holds it. */
    void drop(WalSegment segment) {
        try {
            Files.deleteIfExists(file(segment));
        } catch (IOException e) {
            throw disk("removing the spooled segment " + file(segment) + " failed", e);
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
    private void letGo() {
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

    private static void readFully(FileChannel channel, long at, byte[] into) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into);
        long position = at;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, position);
            if (count < 0) {
                throw new IOException("the file ends at " + position);
            }
            position += count;
        }
    }

    private Path file(WalSegment segment) {
        return directory.resolve(segment.fileName());
    }

    private static Failure disk(String what, IOException e) {
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
