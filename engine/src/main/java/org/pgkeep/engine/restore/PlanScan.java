package org.pgkeep.engine.restore;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.index.IndexSummary;
import org.pgkeep.engine.wal.IndexedWal;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalEvent;

/**
 * Reads WAL from a snapshot on until a stop: before which record recovery has to end, and what is
 * there by then. Owned by one thread.
 */
final class PlanScan implements IndexedWal.Listener {
    /** Stop at a record from here on, whatever it is; null where only an event decides. */
    private final @Nullable Lsn stopFrom;

    /** Stop at the record of such an event. */
    private final Predicate<WalEvent> stopAt;

    /** Stop at the record behind such an event's. */
    private final Predicate<WalEvent> stopBehind;

    /** Whether a range of records may have an event to stop at, or behind. */
    private final Predicate<IndexSummary> mayStopIn;

    private Lsn consistentAt = Lsn.ZERO;
    private boolean behind;
    private boolean found;
    private Optional<Lsn> stopBefore = Optional.empty();
    private Lsn stopRecordEnd = Lsn.ZERO;
    private Lsn promisedEnd = Lsn.ZERO;
    private Lsn currentStart = Lsn.ZERO;
    private Lsn currentEnd = Lsn.ZERO;
    private Lsn previousEnd = Lsn.ZERO;
    private Lsn end = Lsn.ZERO;
    private Optional<Lsn> unlogged = Optional.empty();
    private Optional<Instant> newestTime = Optional.empty();
    private Optional<RestorePlan.Commit> firstCommit = Optional.empty();
    private Optional<RestorePlan.Commit> lastCommit = Optional.empty();
    private final List<Long> halfDropped = new ArrayList<>();
    private RecoveryNeeds needs = new RecoveryNeeds(0, 0, 0, 0, 0);

    /**
     * Before each removal of a database or tablespace whose transaction has not ended, the oldest
     * first. By transaction.
     */
    private final Map<Long, Mark> removals = new LinkedHashMap<>();

    /** What is known in front of a record. */
    private record Mark(
            OptionalLong database,
            Lsn start,
            Lsn end,
            Lsn previousEnd,
            Optional<Instant> newestTime,
            Optional<RestorePlan.Commit> firstCommit,
            Optional<RestorePlan.Commit> lastCommit) {}

    private PlanScan(
            @Nullable Lsn stopFrom,
            Predicate<WalEvent> stopAt,
            Predicate<WalEvent> stopBehind,
            Predicate<IndexSummary> mayStopIn) {
        this.stopFrom = stopFrom;
        this.stopAt = stopAt;
        this.stopBehind = stopBehind;
        this.mayStopIn = mayStopIn;
    }

    /** Never stops: all that is held is replayed. */
    static PlanScan toTheEnd() {
        return new PlanScan(null, _ -> false, _ -> false, _ -> false);
    }

    /** Stops at the first transaction's end, in log order, that is later than a time. */
    static PlanScan stopAtEndLaterThan(Lsn from, Instant time) {
        return new PlanScan(
                null,
                event ->
                        event instanceof WalEvent.TransactionEnd last
                                && !last.start().isBefore(from)
                                && last.time().isAfter(time),
                _ -> false,
                range -> range.newestEnd().filter(newest -> newest.isAfter(time)).isPresent());
    }

    /** Stops at the first record that starts at a position or behind it. */
    static PlanScan stopAtRecordFrom(Lsn lsn) {
        return new PlanScan(lsn, _ -> false, _ -> false, range -> range.to().isAfter(lsn));
    }

    /** Stops at the commit of a transaction. */
    static PlanScan stopAtCommitOf(Lsn from, long xid) {
        return new PlanScan(
                null,
                event -> isCommitOf(event, from, xid),
                _ -> false,
                range -> range.mayHold(xid));
    }

    /** Stops at the record behind the commit of a transaction. */
    static PlanScan stopBehindCommitOf(Lsn from, long xid) {
        return new PlanScan(
                null,
                _ -> false,
                event -> isCommitOf(event, from, xid),
                range -> range.mayHold(xid));
    }

    /** Stops at the record behind a restore point. */
    static PlanScan stopBehindRestorePoint(Lsn from, String name) {
        return new PlanScan(
                null,
                _ -> false,
                event ->
                        event instanceof WalEvent.RestorePoint point
                                && point.name().equals(name)
                                && !point.start().isBefore(from),
                IndexSummary::changesFiles);
    }

    private static boolean isCommitOf(WalEvent event, Lsn from, long xid) {
        return event instanceof WalEvent.TransactionEnd last
                && last.committed()
                && !last.start().isBefore(from)
                && (last.xid() == xid || last.subtransactions().contains(xid));
    }

    void begin(SnapshotInfo snapshot) {
        consistentAt = snapshot.stopLsn();
        promisedEnd = snapshot.startLsn();
        currentEnd = snapshot.startLsn();
    }

    /**
     * Ranges in which it can't end are passed by their summary, if they lie wholly in front of or
     * behind the position where the snapshot is consistent, and no removal is under way in them.
     */
    @Override
    public IndexedWal.Way way(IndexSummary range) {
        boolean inFront = range.lastEnd().isBefore(consistentAt);
        boolean afterwards = !range.from().isBefore(consistentAt);
        boolean passable =
                (inFront || afterwards)
                        && !behind
                        && removals.isEmpty()
                        && !range.removesFolders()
                        && (inFront || !mayStopIn.test(range))
                        && (stopFrom == null || !range.to().isAfter(stopFrom));
        return passable ? IndexedWal.Way.SUMMARY : IndexedWal.Way.RECORDS;
    }

    @Override
    public void summary(IndexSummary range) {
        unlogged = unlogged.or(range::unlogged);
        previousEnd = currentEnd;
        currentEnd = range.lastEnd();
        promisedEnd = range.lastEnd();
        range.newestTime().ifPresent(this::seen);
        needs = needs.atLeast(range.needs());
        if (!range.from().isBefore(consistentAt)) {
            firstCommit = firstCommit.or(() -> range.firstCommit().map(PlanScan::commit));
            lastCommit = range.lastCommit().map(PlanScan::commit).or(() -> lastCommit);
        }
    }

    private static RestorePlan.Commit commit(IndexSummary.End end) {
        return new RestorePlan.Commit(end.time(), end.xid(), end.lsn());
    }

    @Override
    public void record(Lsn start, Lsn recordEnd) {
        if (stopBefore.isPresent()) {
            return;
        }
        previousEnd = currentEnd;
        currentStart = start;
        currentEnd = recordEnd;
        boolean there = stopFrom != null && !start.isBefore(stopFrom);
        if (behind || there) {
            stop();
        } else {
            promisedEnd = recordEnd;
        }
    }

    @Override
    public void event(WalEvent event) {
        if (stopBefore.isPresent()) {
            return;
        }
        if (event.levelFromHere().orElse(1) == 0) {
            unlogged = unlogged.or(() -> Optional.of(event.start()));
        }
        if (stopAt.test(event)) {
            found = true;
            promisedEnd = previousEnd;
            stop();
            stopBeforeOpenRemovals();
            return;
        }
        if (event instanceof WalEvent.TransactionEnd last) {
            removals.remove(last.xid());
        }
        if (stopBehind.test(event)) {
            found = true;
            behind = true;
        }
        note(event);
    }

    private void stop() {
        stopBefore = Optional.of(currentStart);
        stopRecordEnd = currentEnd;
    }

    /** A whole database's or tablespace's files go, before the transaction ends. */
    private void removal(long xid, OptionalLong database) {
        // without a transaction there is nothing to wait for: it tidies up behind one that ended
        if (xid != 0 && stopBefore.isEmpty() && !currentStart.isBefore(consistentAt)) {
            removals.putIfAbsent(
                    xid,
                    new Mark(
                            database,
                            currentStart,
                            currentEnd,
                            previousEnd,
                            newestTime,
                            firstCommit,
                            lastCommit));
        }
    }

    /**
     * The files of a dropped database go before its DROP DATABASE commits: who stops in between has
     * the database without its files. So stop before they go.
     */
    private void stopBeforeOpenRemovals() {
        removals.values().stream()
                .findFirst()
                .ifPresent(mark -> {
                    removals.values().forEach(each -> each.database().ifPresent(halfDropped::add));
                    stopBefore = Optional.of(mark.start());
                    stopRecordEnd = mark.end();
                    promisedEnd = mark.previousEnd();
                    newestTime = mark.newestTime();
                    firstCommit = mark.firstCommit();
                    lastCommit = mark.lastCommit();
                });
    }

    private void note(WalEvent event) {
        switch (event) {
            case WalEvent.TransactionEnd last -> {
                seen(last.time());
                if (last.committed() && last.xid() != 0 && !last.end().isBefore(consistentAt)) {
                    RestorePlan.Commit commit =
                            new RestorePlan.Commit(last.time(), last.xid(), last.start());
                    firstCommit = firstCommit.or(() -> Optional.of(commit));
                    lastCommit = Optional.of(commit);
                }
            }
            case WalEvent.ParameterChange change ->
                    needs =
                            needs.atLeast(
                                    new RecoveryNeeds(
                                            change.maxConnections(),
                                            change.maxWorkerProcesses(),
                                            change.maxWalSenders(),
                                            change.maxPreparedTransactions(),
                                            change.maxLocksPerTransaction()));
            case WalEvent.Checkpoint checkpoint -> seen(checkpoint.time());
            case WalEvent.RestorePoint point -> seen(point.time());
            case WalEvent.DatabaseDropped dropped ->
                    removal(
                            dropped.xid(),
                            OptionalLong.of(Integer.toUnsignedLong(dropped.database())));
            case WalEvent.TablespaceDropped dropped -> removal(dropped.xid(), OptionalLong.empty());
            case WalEvent.Prepare _,
                    WalEvent.DatabaseCreated _,
                    WalEvent.TablespaceCreated _,
                    WalEvent.RedoPoint _,
                    WalEvent.EndOfRecovery _,
                    WalEvent.SegmentSwitch _,
                    WalEvent.RelationCreated _,
                    WalEvent.RelationTruncated _ -> {}
        }
    }

    private void seen(Instant time) {
        if (newestTime.isEmpty() || time.isAfter(newestTime.get())) {
            newestTime = Optional.of(time);
        }
    }

    @Override
    public boolean isDone() {
        return stopBefore.isPresent();
    }

    void ended(Lsn at) {
        end = at;
    }

    /** The start of the first record that is left out; empty if there is none. */
    Optional<Lsn> stopBefore() {
        return stopBefore;
    }

    /** Behind the record stopped at: it has to be there, for recovery to see that it stops. */
    Lsn stopRecordEnd() {
        return stopRecordEnd;
    }

    /** Behind the last record that is replayed. */
    Lsn promisedEnd() {
        return promisedEnd;
    }

    /** Behind the last record read. */
    Lsn end() {
        return end;
    }

    /** The newest time in what is replayed. */
    Optional<Instant> newestTime() {
        return newestTime;
    }

    Optional<RestorePlan.Commit> firstCommit() {
        return firstCommit;
    }

    Optional<RestorePlan.Commit> lastCommit() {
        return lastCommit;
    }

    RecoveryNeeds needs() {
        return needs;
    }

    /** Where, in what was looked at, {@code wal_level} became minimal: recovery ends there. */
    Optional<Lsn> unlogged() {
        return unlogged;
    }

    /** Databases whose DROP DATABASE had begun, and is left out. */
    List<Long> halfDropped() {
        return halfDropped;
    }

    boolean found() {
        return found;
    }
}
