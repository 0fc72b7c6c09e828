package org.pgkeep.engine.restore;

import java.io.Serial;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.Timelines;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.wal.IndexedWal;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Vault;

/**
 * Finds out how to get to a target, from the vault alone, or why one can't.
 *
 * <p>A time is never given to PostgreSQL: on a server with no commit behind it, recovery would end
 * with an error. The plan reads the WAL and says before which record to stop: the first, in log
 * order, that ends a transaction later than the time (commit times are not monotonic in the log).
 */
public final class RestorePlanner {
    /** Rates of a slow disk, for the estimate: better to be done early. Bytes a second. */
    private static final long COPY_RATE = 200L << 20;

    /** Searches of neighbouring stretches overlap by more than any commit record is long. */
    private static final long OVERLAP_BYTES = 64L << 20;

    private static final long REPLAY_RATE = 60L << 20;
    private static final Duration START_TIME = Duration.ofSeconds(2);

    private final Vault vault;
    private final InstantSource clock;

    /** Plans restores from that vault. */
    public RestorePlanner(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * Makes a plan.
     *
     * @param heldThrough up to which moment everything is known to be held, from a capture that
     *     runs
     * @throws Failure UNKNOWN_SERVER, UNKNOWN_BACKUP; MOMENT_IN_FUTURE, MOMENT_TOO_EARLY,
     *     MOMENT_NOT_HELD, each naming the nearest moments that can be restored
     */
    public RestorePlan plan(ServerId source, RestoreTarget target, Optional<Instant> heldThrough) {
        ServerArchive archive = new ServerArchive(vault, source);
        ServerDocument document =
                archive.document()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.UNKNOWN_SERVER,
                                        "the vault has no server " + source,
                                        "list them with: pgkeep server list"));
        WalArchive held = new WalArchive(archive);
        List<SnapshotInfo> snapshots = archive.snapshots();
        if (snapshots.isEmpty()) {
            throw new Failure(
                    Code.MOMENT_NOT_HELD,
                    "server " + document.name() + " has no backup yet",
                    "wait for the first one, or take one with: pgkeep backup take -n "
                            + document.name());
        }
        Contents contents = new Contents(archive, document, held, snapshots);
        TimelineHistory newest = newestHistory(archive, held, snapshots);
        try {
            return along(newest, contents, target, heldThrough);
        } catch (Failure notOnThisWay) {
            return onAnotherWay(notOnThisWay, newest, contents, target);
        }
    }

    /** What the vault has of the server. */
    private record Contents(
            ServerArchive archive,
            ServerDocument document,
            WalArchive held,
            List<SnapshotInfo> snapshots) {}

    /**
     * The way the server is on comes first: what is there is never looked for elsewhere. What is
     * not may be on one that it left, when it was set back or promoted elsewhere.
     */
    private RestorePlan onAnotherWay(
            Failure first, TimelineHistory newest, Contents contents, RestoreTarget target) {
        boolean unreached =
                first.code() == Code.MOMENT_NOT_HELD || first.code() == Code.MOMENT_TOO_EARLY;
        if (!unreached || target instanceof RestoreTarget.Latest) {
            throw first;
        }
        for (TimelineHistory tip : Ranges.tips(contents.archive(), contents.held()).reversed()) {
            if (tip.equals(newest)) {
                continue;
            }
            try {
                // no heartbeat speaks of the end of a way that was left
                return along(tip, contents, target, Optional.empty());
            } catch (Failure neitherHere) {
                first.addSuppressed(neitherHere);
            }
        }
        throw first;
    }

    private RestorePlan along(
            TimelineHistory history,
            Contents contents,
            RestoreTarget target,
            Optional<Instant> heldThrough) {
        while (true) {
            try {
                return new Search(contents, history, heldThrough).to(target);
            } catch (UnloggedWal found) {
                // noted, so that it is out of reach from now on; what is left is looked at again
                boolean _ = contents.archive().addUnlogged(history.timelineAt(found.at), found.at);
            }
        }
    }

    /** WAL that recovery can't go through was met, of which no note was made yet. */
    private static final class UnloggedWal extends RuntimeException {
        @Serial private static final long serialVersionUID = 1;
        private final transient Lsn at;

        UnloggedWal(Lsn at) {
            super("wal_level is minimal at " + at, null, false, false);
            this.at = at;
        }
    }

    private static TimelineHistory newestHistory(
            ServerArchive archive, WalArchive held, List<SnapshotInfo> snapshots) {
        TimelineId newest =
                held.timelines().stream()
                        .reduce((older, newer) -> newer)
                        .orElse(snapshots.getLast().timeline());
        return archive.history(newest)
                .orElseThrow(() ->
                        new Failure(
                                Code.MISSING_OBJECT,
                                "the history of timeline " + newest + " is not in the vault",
                                "restore from another copy of the vault"));
    }

    /** One search for a way to a target. */
    private final class Search {
        private final ServerArchive archive;
        private final ServerDocument document;
        private final WalArchive held;
        private final TimelineHistory history;
        private final SnapshotInfo oldest;
        private final List<SnapshotInfo> snapshots;
        private final Optional<Instant> heldThrough;
        private final Ranges ranges;
        private final IndexStore indexes;

        Search(Contents contents, TimelineHistory history, Optional<Instant> heldThrough) {
            this.archive = contents.archive();
            this.document = contents.document();
            this.oldest = contents.snapshots().getFirst();
            this.held = contents.held();
            this.history = history;
            // in log order: the clock that they bear may have been set back in between
            this.snapshots =
                    contents.snapshots().stream()
                            .filter(each -> each.isOn(history))
                            .sorted(Comparator.comparing(SnapshotInfo::stopLsn))
                            .toList();
            this.heldThrough = heldThrough;
            this.indexes = new IndexStore(archive.objects());
            this.ranges = new Ranges(archive, heldThrough);
        }

        RestorePlan to(RestoreTarget target) {
            return switch (target) {
                case RestoreTarget.ToTime(Instant time) -> toTime(target, time);
                case RestoreTarget.ToLsn(Lsn lsn) -> toLsn(target, lsn);
                case RestoreTarget.ToXid(long xid) ->
                        lookBack(
                                target,
                                from -> PlanScan.stopBehindCommitOf(from, xid),
                                "no commit of transaction " + xid + " is held");
                case RestoreTarget.BeforeXid(long xid) ->
                        lookBack(
                                target,
                                from -> PlanScan.stopAtCommitOf(from, xid),
                                "no commit of transaction " + xid + " is held");
                case RestoreTarget.ToRestorePoint(String name) ->
                        lookBack(
                                target,
                                from -> PlanScan.stopBehindRestorePoint(from, name),
                                "no restore point \"" + name + "\" is held");
                case RestoreTarget.Earliest() -> toBackup(target, oldest);
                case RestoreTarget.Latest() -> toLatest(target);
                case RestoreTarget.ToBackup(var id) ->
                        toBackup(
                                target,
                                archive.snapshot(id)
                                        .orElseThrow(() ->
                                                new Failure(
                                                        Code.UNKNOWN_BACKUP,
                                                        "there is no backup " + id,
                                                        "list them with: pgkeep backup list -n "
                                                                + document.name())));
            };
        }

        RestorePlan toTime(RestoreTarget target, Instant time) {
            Instant now = clock.instant();
            if (time.isAfter(now)) {
                throw new Failure(
                        Code.MOMENT_IN_FUTURE,
                        time + " lies in the future; now it is " + now,
                        latestHint());
            }
            SnapshotInfo start =
                    newest(each -> !each.stoppedAt().isAfter(time))
                            .orElseThrow(() -> tooEarly(time.toString()));
            // the end first: what comes meanwhile only makes the reach longer
            Optional<Lsn> end = held.end(history.timeline());
            Lsn reach = held.reach(history, start.startLsn());
            boolean toTheEnd = end.isPresent() && !reach.isBefore(end.get());
            PlanScan scan = scan(start, reach, PlanScan.stopAtEndLaterThan(start.stopLsn(), time));
            if (scan.stopBefore().isEmpty() && !covers(time, toTheEnd, scan)) {
                throw notHeld(time + " is not held");
            }
            return plan(target, Optional.of(time), start, scan, reach);
        }

        /**
         * Whether nothing that happened before {@code time} is missing, though nothing is later.
         */
        private boolean covers(Instant time, boolean toTheEnd, PlanScan scan) {
            boolean promised =
                    toTheEnd && heldThrough.isPresent() && !heldThrough.get().isBefore(time);
            return promised || scan.newestTime().filter(seen -> !seen.isBefore(time)).isPresent();
        }

        RestorePlan toLsn(RestoreTarget target, Lsn lsn) {
            SnapshotInfo start =
                    newest(each -> !each.stopLsn().isAfter(lsn))
                            .orElseThrow(() -> tooEarly("position " + lsn));
            Lsn reach = held.reach(history, start.startLsn());
            PlanScan scan = scan(start, reach, PlanScan.stopAtRecordFrom(lsn));
            if (scan.stopBefore().isEmpty() && scan.end().isBefore(lsn)) {
                throw notHeld("position " + lsn + " is not held");
            }
            return plan(target, Optional.empty(), start, scan, reach);
        }

        /**
         * Looks from the newest snapshot backwards: what came again means the newest one.
         *
         * @param stop looks from a position on
         * @param missing what to say if it is nowhere
         */
        private RestorePlan lookBack(
                RestoreTarget target, Function<Lsn, PlanScan> stop, String missing) {
            Lsn lookedAtFrom = new Lsn(-1L);
            for (SnapshotInfo start : snapshots.reversed()) {
                Lsn reach = held.reach(history, start.startLsn());
                // what lies behind the next snapshot's end was looked at, save the record behind it
                Lsn to = Lsn.min(reach, lookedAtFrom);
                PlanScan scan = scan(start, to, stop.apply(start.stopLsn()));
                if (scan.found()) {
                    return plan(target, Optional.empty(), start, scan, reach);
                }
                lookedAtFrom = start.stopLsn().plus(OVERLAP_BYTES);
            }
            throw notHeld(missing);
        }

        RestorePlan toBackup(RestoreTarget target, SnapshotInfo start) {
            if (!start.isOn(history)) {
                throw notHeld(
                        "what leads on from backup "
                                + start.name()
                                + " on timeline "
                                + start.timeline()
                                + " is not held");
            }
            Lsn reach = held.reach(history, start.startLsn());
            PlanScan scan = scan(start, reach, PlanScan.stopAtRecordFrom(start.stopLsn()));
            return plan(target, Optional.empty(), start, scan, reach);
        }

        RestorePlan toLatest(RestoreTarget target) {
            SnapshotInfo start = newest(_ -> true).orElseThrow(() -> tooEarly("the latest moment"));
            Lsn reach = held.reach(history, start.startLsn());
            return plan(
                    target,
                    Optional.empty(),
                    start,
                    scan(start, reach, PlanScan.toTheEnd()),
                    reach);
        }

        private Optional<SnapshotInfo> newest(java.util.function.Predicate<SnapshotInfo> fits) {
            return snapshots.stream().filter(fits).reduce((older, newer) -> newer);
        }

        private PlanScan scan(SnapshotInfo start, Lsn reach, PlanScan scan) {
            if (reach.isBefore(start.stopLsn())) {
                throw new Failure(
                        Code.WAL_HOLE,
                        "the WAL of backup "
                                + start.name()
                                + " is not whole: held to "
                                + reach
                                + ", needed is "
                                + start.stopLsn(),
                        latestHint());
            }
            scan.begin(start);
            Lsn end =
                    new IndexedWal(held, indexes, start.walSegmentBytes(), start.version().major())
                            .scan(history, start.startLsn(), reach, scan);
            scan.ended(end);
            if (scan.unlogged().isPresent()) {
                throw new UnloggedWal(scan.unlogged().get());
            }
            return scan;
        }

        private RestorePlan plan(
                RestoreTarget target,
                Optional<Instant> time,
                SnapshotInfo start,
                PlanScan scan,
                Lsn reach) {
            // A moment before the newest timeline began is one of its ancestor's. Told to follow
            // the
            // newest, PostgreSQL would write a history that leaves it before it began.
            Lsn last = scan.stopBefore().orElse(scan.promisedEnd().plus(-1));
            TimelineId timeline = history.timelineAt(last);
            Lsn left = history.switchPointOf(timeline).orElse(reach);
            Lsn walTo =
                    Lsn.min(
                            scan.stopBefore().isPresent() ? scan.stopRecordEnd() : reach,
                            Lsn.min(left, reach));
            long walBytes = walTo.minus(start.startLsn());
            return new RestorePlan(
                    document,
                    target,
                    time,
                    start,
                    Timelines.of(timeline, history),
                    scan.stopBefore(),
                    scan.promisedEnd(),
                    walTo,
                    scan.firstCommit(),
                    scan.lastCommit(),
                    scan.halfDropped(),
                    scan.needs().atLeast(start.recoveryNeeds()),
                    START_TIME
                            .plusMillis(start.figures().sizeBytes() * 1000 / COPY_RATE)
                            .plusMillis(walBytes * 1000 / REPLAY_RATE));
        }

        private Failure tooEarly(String what) {
            SnapshotInfo first = snapshots.isEmpty() ? null : snapshots.getFirst();
            return new Failure(
                    Code.MOMENT_TOO_EARLY,
                    what + " lies before the first moment that can be restored",
                    first == null
                            ? "take a backup with: pgkeep backup take -n " + document.name()
                            : "the earliest one is "
                                    + first.stoppedAt()
                                    + " (backup "
                                    + first.name()
                                    + ", "
                                    + first.stopLsn()
                                    + ")");
        }

        private Failure notHeld(String what) {
            return new Failure(Code.MOMENT_NOT_HELD, what, latestHint());
        }

        private String latestHint() {
            return ranges.list().stream()
                    .map(range -> range.fromTime() + " to " + range.toTime())
                    .reduce((one, other) -> one + ", and " + other)
                    .map(text -> "restorable: " + text)
                    .orElse("nothing can be restored yet: take a backup");
        }
    }
}
