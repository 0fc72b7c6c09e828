package org.pgkeep.engine.archiving;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.StoredDocument;

/**
 * Gives out WAL as the files {@code restore_command} asks for, whether it was pushed or streamed,
 * from the vault alone. Of a segment that is held in part the rest is zeros, which recovery takes
 * for the end. While a recovery works on one unit, the next ones are fetched. Any thread may call.
 */
public final class WalFetcher {
    /** Units fetched before they are asked for: each is up to 16 MiB of memory. */
    private static final int AHEAD_MAX = 3;

    private final ServerArchive archive;
    private final WalArchive held;
    private final int segmentBytes;
    private final int unitBytes;
    private final Executor workers;
    private final int aheadMax;

    /** What is held from there on is not given out. */
    private final Optional<Lsn> end;

    /** Units under way or here; only whole ones are believed. Guarded by this. */
    private final Map<Place, CompletableFuture<Unit>> ahead = new LinkedHashMap<>();

    /** A unit of a timeline. */
    private record Place(TimelineId timeline, Lsn from) {}

    /**
     * What is held of a unit.
     *
     * @param bytes as long as a unit, zeros behind what is held
     * @param held how many bytes of it, from the first on
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Unit(byte[] bytes, int held) {}

    /**
     * A fetcher for one server's archive.
     *
     * @param workers who open objects ahead
     */
    public WalFetcher(ServerArchive archive, int segmentBytes, Executor workers) {
        this(archive, segmentBytes, workers, AHEAD_MAX, Optional.empty());
    }

    /**
     * A fetcher that is asked once: it fetches nothing ahead.
     *
     * @param end what is held from there on is not given out; empty to give out everything
     */
    public static WalFetcher once(ServerArchive archive, int segmentBytes, Optional<Lsn> end) {
        return new WalFetcher(archive, segmentBytes, Runnable::run, 0, end);
    }

    private WalFetcher(
            ServerArchive archive,
            int segmentBytes,
            Executor workers,
            int aheadMax,
            Optional<Lsn> end) {
        this.archive = archive;
        this.end = end;
        this.held = new WalArchive(archive.objects());
        this.segmentBytes = segmentBytes;
        this.unitBytes = Math.min(segmentBytes, LogRange.BYTES_MAX);
        this.workers = workers;
        this.aheadMax = aheadMax;
    }

    /**
     * A file of {@code pg_wal} or of an archive.
     *
     * @param name as PostgreSQL writes it
     * @return empty if the vault does not hold it, or not yet
     * @throws Failure BAD_ARGUMENT if PostgreSQL has no file of such a name; DAMAGED_OBJECT,
     *     STORE_UNAVAILABLE as the vault says: that is not the end of the WAL
     */
    public Optional<HeldFile> find(String name) {
        return switch (ArchivedFile.of(name, segmentBytes)) {
            case ArchivedFile.Segment(WalSegment segment) -> segment(segment);
            // what is in it is given out under the segment's own name
            case ArchivedFile.PartialSegment _ -> Optional.empty();
            case ArchivedFile.History(TimelineId timeline) ->
                    timeline.equals(TimelineId.FIRST)
                            ? Optional.empty()
                            : archive.history(timeline)
                                    .map(TimelineHistory::file)
                                    .map(HeldFile::of);
            case ArchivedFile.BackupHistory backup ->
                    archive.objects()
                            .newestDocument(backup.documentKind())
                            .map(StoredDocument::content)
                            .map(HeldFile::of);
        };
    }

    private Optional<HeldFile> segment(WalSegment segment) {
        TimelineId timeline = segment.timeline();
        Optional<TimelineHistory> history = archive.history(timeline);
        // a timeline's first segment is the one in which it left its parent; before it has none
        if (history.isEmpty()
                || !history.get().timelineAt(segment.end().plus(-1)).equals(timeline)) {
            return Optional.empty();
        }
        Unit first = take(history.get(), segment.start());
        Lsn begins = Lsn.max(segment.start(), beginningOf(history.get()));
        if (!segment.start().plus(first.held()).isAfter(begins)
                && begins.isBefore(segment.start().plus(unitBytes))) {
            return Optional.empty();
        }
        return Optional.of(
                new HeldFile(
                        segmentBytes,
                        out -> {
                            Unit unit = first;
                            out.write(unit.bytes());
                            for (int at = unitBytes; at < segmentBytes; at += unitBytes) {
                                unit =
                                        unit.held() == unitBytes
                                                ? take(history.get(), segment.start().plus(at))
                                                : new Unit(new byte[unitBytes], 0);
                                out.write(unit.bytes());
                            }
                        }));
    }

    private static Lsn beginningOf(TimelineHistory history) {
        return history.ancestors().isEmpty()
                ? Lsn.ZERO
                : history.ancestors().getLast().switchPoint();
    }

    /** A unit, and the next ones under way. */
    private Unit take(TimelineHistory history, Lsn from) {
        CompletableFuture<Unit> fetched;
        synchronized (this) {
            fetched = ahead.remove(new Place(history.timeline(), from));
        }
        if (fetched == null) {
            fetched = fetch(history, from);
        }
        for (int i = 1; i <= aheadMax; i++) {
            Lsn next = from.plus((long) i * unitBytes);
            synchronized (this) {
                ahead.computeIfAbsent(
                        new Place(history.timeline(), next), place -> fetch(history, place.from()));
            }
        }
        forgetOld();
        Unit unit = join(fetched);
        // more may have come since it was fetched ahead
        return upToTheEnd(unit.held() == unitBytes ? unit : load(history, from), from);
    }

    private Unit upToTheEnd(Unit unit, Lsn from) {
        if (end.isEmpty() || !from.plus(unit.held()).isAfter(end.get())) {
            return unit;
        }
        int given = (int) Math.max(0, end.get().minus(from));
        byte[] bytes = Arrays.copyOf(Arrays.copyOf(unit.bytes(), given), unitBytes);
        return new Unit(bytes, given);
    }

    private CompletableFuture<Unit> fetch(TimelineHistory history, Lsn from) {
        return CompletableFuture.supplyAsync(() -> load(history, from), workers);
    }

    private static Unit join(CompletableFuture<Unit> unit) {
        try {
            return unit.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Failure failure) {
                throw new Failure(failure.code(), failure.message(), failure.hint(), failure);
            }
            throw e;
        }
    }

    private synchronized void forgetOld() {
        Iterator<Place> oldest = ahead.keySet().iterator();
        while (ahead.size() > aheadMax && oldest.hasNext()) {
            Place _ = oldest.next();
            oldest.remove();
        }
    }

    /** Lets go of what was fetched ahead: nobody has asked for a while. */
    public synchronized void rest() {
        ahead.clear();
    }

    private Unit load(TimelineHistory history, Lsn from) {
        // nearly always the unit is one object, and its name says it all
        int timeline = history.timeline().value();
        LogRange whole = new LogRange(timeline, from.value(), from.value() + unitBytes);
        Optional<byte[]> object = archive.objects().readLog(whole);
        if (object.isPresent()) {
            return new Unit(object.get(), unitBytes);
        }
        Lsn reach = Lsn.min(held.reach(history, from), from.plus(unitBytes));
        byte[] bytes = new byte[unitBytes];
        held.read(
                history,
                from,
                reach,
                (at, source, offset, length) -> {
                    System.arraycopy(source, offset, bytes, (int) at.minus(from), length);
                    return true;
                });
        Arrays.fill(bytes, (int) reach.minus(from), unitBytes, (byte) 0);
        return new Unit(bytes, (int) reach.minus(from));
    }
}
