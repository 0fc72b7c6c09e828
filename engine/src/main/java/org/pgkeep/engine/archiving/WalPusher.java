package org.pgkeep.engine.archiving;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.Timelines;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.vault.Haste;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredDocument;

/**
 * Takes files of {@code pg_wal} into the vault for {@code archive_command}. When {@link #push}
 * returns, the vault holds the file durably; until then the server keeps it, so there is no spool.
 *
 * <p>What a crash leaves: a unit of a segment is there whole or not at all, under a name that says
 * which bytes it has. The server pushes the same file again, what is there is compared, what is
 * missing is stored. Any thread may call; two pushes of one file at once end alike.
 */
public final class WalPusher {
    /** The largest piece of log in one object. */
    private static final int UNIT_BYTES_MAX = LogRange.BYTES_MAX;

    /** A history file has a line for each promotion there ever was. */
    private static final int SMALL_FILE_BYTES_MAX = 1 << 20;

    private final ServerArchive archive;
    private final int segmentBytes;
    private final int unitBytes;
    private final long systemIdentifier;
    private final Buffers buffers;
    private final Lookahead lookahead;
    private final PushListener listener;
    private final ShorterRuns runs;
    private final Optional<Path> ownWal;

    /**
     * A pusher for one server.
     *
     * @param document who the server has to be
     * @param ownWal the server's {@code pg_wal}, where that is known: new timelines come from there
     *     alone
     * @param workers who seal; as many segments are worked on at once as it has threads
     */
    public WalPusher(
            ServerArchive archive,
            ServerDocument document,
            Optional<Path> ownWal,
            Executor workers,
            PushListener listener) {
        this.archive = archive;
        this.ownWal = ownWal;
        this.segmentBytes = document.walSegmentBytes();
        this.unitBytes = Math.min(segmentBytes, UNIT_BYTES_MAX);
        this.systemIdentifier = Long.parseUnsignedLong(document.systemIdentifier());
        this.buffers = new Buffers(unitBytes);
        this.lookahead = new Lookahead(workers);
        this.listener = listener;
        this.runs = new ShorterRuns(archive.objects(), unitBytes);
    }

    /**
     * Takes a file, and looks ahead at what the server is going to hand over next.
     *
     * @param file its path; the name is what counts
     * @throws Failure BAD_ARGUMENT if it is no file of {@code pg_wal}; DAMAGED_WAL if it is not
     *     what its name says; WAL_DIFFERS if the vault holds another one of that name;
     *     STORE_UNAVAILABLE, NO_SPACE and others as the vault says
     */
    public PushOutcome push(Path file) {
        String name = file.getFileName() == null ? "" : file.getFileName().toString();
        return switch (ArchivedFile.of(name, segmentBytes)) {
            case ArchivedFile.Segment(WalSegment segment) -> {
                var outcome = lookahead.take(file, () -> pushSegment(file, segment, Haste.NONE));
                // those that are ready behind it wait, and perhaps the server waits for them
                lookahead.goOn(
                        file, segment, (path, next) -> pushSegment(path, next, Haste.BACKLOG));
                PushOutcome done = join(outcome);
                listener.acknowledged(segment.timeline(), segment.start(), segment.end());
                yield done;
            }
            case ArchivedFile.PartialSegment(WalSegment segment) -> pushPartial(file, segment);
            case ArchivedFile.History(TimelineId timeline) -> pushHistory(file, timeline);
            case ArchivedFile.BackupHistory backup -> pushBackupHistory(file, backup);
        };
    }

    private static PushOutcome join(java.util.concurrent.CompletableFuture<PushOutcome> outcome) {
        try {
            return outcome.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Failure failure) {
                // the stack is the worker's; the failure is for the one who asks
                throw new Failure(failure.code(), failure.message(), failure.hint(), failure);
            }
            throw e;
        }
    }

    // ---- segments

    private PushOutcome pushSegment(Path file, WalSegment segment, Haste haste) {
        TimelineHistory history = historyOf(segment.timeline(), file);
        SegmentCheck check = new SegmentCheck(segment, history, systemIdentifier);
        PushOutcome outcome = PushOutcome.HELD_ALREADY;
        byte[] unit = buffers.borrow();
        try (FileChannel channel = open(file, segmentBytes)) {
            for (Lsn at = segment.start(); at.isBefore(segment.end()); at = at.plus(unitBytes)) {
                readFully(channel, file, at.minus(segment.start()), unit, unitBytes);
                check.feed(unit, unitBytes);
                PushOutcome stored = storeUnit(segment.timeline(), history, at, unit, haste);
                if (stored == PushOutcome.STORED) {
                    outcome = PushOutcome.STORED;
                }
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        } finally {
            buffers.giveBack(unit);
        }
        listener.held(segment.timeline(), segment.start(), segment.end());
        return outcome;
    }

    /**
     * A unit in which a timeline begins holds bytes of the timelines before it: those are stored as
     * theirs, too, because they may have been the last that were written there.
     */
    private PushOutcome storeUnit(
            TimelineId timeline, TimelineHistory history, Lsn at, byte[] unit, Haste haste) {
        Lsn end = at.plus(unitBytes);
        for (TimelineHistory.Ancestor ancestor : history.ancestors()) {
            Lsn left = ancestor.switchPoint();
            if (left.isAfter(at) && !left.isAfter(end)) {
                store(ancestor.timeline(), at, unit, (int) left.minus(at), haste);
            }
        }
        return store(timeline, at, unit, unitBytes, haste);
    }

    private PushOutcome store(TimelineId timeline, Lsn at, byte[] bytes, int length, Haste haste) {
        runs.refuseOthers(timeline, at, bytes, length);
        LogRange range = new LogRange(timeline.value(), at.value(), at.value() + length);
        if (archive.objects().putLog(range, bytes, 0, haste) == PutOutcome.CREATED) {
            return PushOutcome.STORED;
        }
        byte[] held = archive.objects().readLog(range).orElse(new byte[0]);
        int differs = Arrays.mismatch(held, 0, held.length, bytes, 0, length);
        if (differs >= 0) {
            throw ShorterRuns.differs(timeline, at.plus(differs));
        }
        return PushOutcome.HELD_ALREADY;
    }

    /** Of a segment that a promotion left, what is written; the rest is older segments' bytes. */
    private PushOutcome pushPartial(Path file, WalSegment segment) {
        historyOf(segment.timeline(), file);
        WalReader reader =
                new WalReader(segment.start(), segmentBytes, OptionalLong.of(systemIdentifier));
        PushOutcome outcome = PushOutcome.HELD_ALREADY;
        byte[] unit = buffers.borrow();
        try (FileChannel channel = open(file, segmentBytes)) {
            for (Lsn at = segment.start(); at.isBefore(segment.end()); at = at.plus(unitBytes)) {
                readFully(channel, file, at.minus(segment.start()), unit, unitBytes);
                reader.feed(unit, 0, unitBytes, _ -> {});
                if (reader.firstRecord().isEmpty() && reader.broken().isPresent()) {
                    throw new Failure(
                            Code.DAMAGED_WAL,
                            file.getFileName() + " is not taken: " + reader.broken().get(),
                            "is it this server's?");
                }
                Lsn end = Lsn.min(reader.end(), at.plus(unitBytes));
                if (end.isAfter(at)
                        && store(segment.timeline(), at, unit, (int) end.minus(at), Haste.NONE)
                                == PushOutcome.STORED) {
                    outcome = PushOutcome.STORED;
                }
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        } finally {
            buffers.giveBack(unit);
        }
        return outcome;
    }

    // ---- small files

    private PushOutcome pushHistory(Path file, TimelineId timeline) {
        TimelineHistory history = parse(file, timeline);
        Optional<TimelineHistory> held = archive.history(timeline);
        if (held.isPresent() && sameForks(held.get(), history)) {
            return PushOutcome.HELD_ALREADY;
        }
        refuseCopies(file);
        refuseOtherTree(history);
        archive.writeHistory(history);
        return PushOutcome.STORED;
    }

    /**
     * A copy of the server that was promoted has the same system identifier and, perhaps, the same
     * archive_command: what it writes is no past of this server.
     */
    private void refuseCopies(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (ownWal.isEmpty()
                    || !Files.isDirectory(ownWal.get())
                    || (folder != null && Files.isSameFile(folder, ownWal.get()))) {
                return;
            }
        } catch (IOException e) {
            throw unreadable(file, e);
        }
        throw new Failure(
                Code.WRONG_STATE,
                file.getFileName()
                        + " is not taken: a timeline of this server begins in "
                        + ownWal.get()
                        + " and nowhere else",
                "is that a copy of the server? it needs an archive of its own; turn its"
                        + " archive_mode off");
    }

    private static TimelineHistory parse(Path file, TimelineId timeline) {
        try {
            TimelineHistory history = TimelineHistory.parse(timeline, readSmall(file));
            boolean grows =
                    history.ancestors().stream()
                            .allMatch(each -> each.timeline().compareTo(timeline) < 0);
            if (grows && !history.ancestors().isEmpty()) {
                return history;
            }
        } catch (IllegalArgumentException e) {
            throw noHistory(file, e);
        }
        throw noHistory(file, new IllegalArgumentException("no ancestors, or younger ones"));
    }

    private static Failure noHistory(Path file, IllegalArgumentException why) {
        return new Failure(
                Code.DAMAGED_WAL,
                file.getFileName() + " is not taken: it is no history of a timeline",
                "look into it: each line has a timeline, a position and a reason",
                why);
    }

    /** Timelines are a tree: what this history says of others has to be what those say. */
    private void refuseOtherTree(TimelineHistory history) {
        Optional<TimelineHistory> itself = archive.history(history.timeline());
        if (itself.isPresent()) {
            throw otherTree(history, history.timeline());
        }
        for (TimelineHistory.Ancestor ancestor : history.ancestors()) {
            Optional<TimelineHistory> held = archive.history(ancestor.timeline());
            if (held.isPresent()
                    && !sameForks(held.get(), Timelines.of(ancestor.timeline(), history))) {
                throw otherTree(history, ancestor.timeline());
            }
        }
    }

    private static Failure otherTree(TimelineHistory history, TimelineId at) {
        return new Failure(
                Code.WAL_DIFFERS,
                history.timeline().historyFileName()
                        + " is not taken: the vault holds another history of timeline "
                        + at,
                "does another server push under this name? each server has an archive of its own");
    }

    private static boolean sameForks(TimelineHistory a, TimelineHistory b) {
        return forks(a).equals(forks(b));
    }

    private static java.util.List<String> forks(TimelineHistory history) {
        return history.ancestors().stream()
                .map(each -> each.timeline() + " " + each.switchPoint())
                .toList();
    }

    /**
     * The history of a segment's timeline; from the folder of the segment where it was not held.
     */
    private TimelineHistory historyOf(TimelineId timeline, Path segmentFile) {
        Optional<TimelineHistory> held = archive.history(timeline);
        if (held.isPresent()) {
            return held.get();
        }
        Path beside = segmentFile.resolveSibling(timeline.historyFileName());
        if (!Files.isRegularFile(beside, LinkOption.NOFOLLOW_LINKS)) {
            throw new Failure(
                    Code.WAL_NOT_HELD,
                    "the history of timeline " + timeline + " is not in the vault",
                    "push " + timeline.historyFileName() + " first; the server has it in pg_wal");
        }
        PushOutcome _ = pushHistory(beside, timeline);
        return archive.history(timeline).orElseThrow();
    }

    private PushOutcome pushBackupHistory(Path file, ArchivedFile.BackupHistory backup) {
        byte[] content = readSmall(file);
        Optional<StoredDocument> held = archive.objects().newestDocument(backup.documentKind());
        if (held.isEmpty()) {
            StoredDocument _ = archive.objects().putDocument(backup.documentKind(), content);
            return PushOutcome.STORED;
        }
        if (!Arrays.equals(held.get().content(), content)) {
            throw new Failure(
                    Code.WAL_DIFFERS,
                    file.getFileName() + " is not taken: the vault holds another one of that name",
                    "does another server push under this name?");
        }
        return PushOutcome.HELD_ALREADY;
    }

    // ---- files

    private static FileChannel open(Path file, int bytes) throws IOException {
        BasicFileAttributes found = attributes(file);
        if (found.size() != bytes) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    file.getFileName()
                            + " is not taken: it has "
                            + found.size()
                            + " bytes, and segments of this server have "
                            + bytes,
                    "is it this server's, and whole?");
        }
        return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "there is no file " + file,
                    "PostgreSQL fills in the path: archive_command = 'pgkeep wal push %p -n NAME'");
        }
        BasicFileAttributes found =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!found.isRegularFile()) {
            throw new Failure(
                    Code.BAD_ARGUMENT, file + " is no regular file", "push files of pg_wal");
        }
        return found;
    }

    private static void readFully(
            FileChannel channel, Path file, long from, byte[] into, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(into, 0, length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, from + buffer.position()) < 0) {
                throw new IOException(file + " became shorter while it was read");
            }
        }
    }

    private static byte[] readSmall(Path file) {
        try {
            BasicFileAttributes found = attributes(file);
            if (found.size() > SMALL_FILE_BYTES_MAX) {
                throw new Failure(
                        Code.DAMAGED_WAL,
                        file.getFileName() + " is not taken: it has " + found.size() + " bytes",
                        "is it this server's?");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Failure unreadable(Path file, IOException e) {
        return new Failure(
                Code.DISK,
                "can't read " + file + ": " + e,
                "check its owner: the service has to be allowed to read the server's pg_wal",
                e);
    }
}
