package org.pgkeep.engine.index;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalEvent;

/** Sums events up. Owned by one thread. */
final class Summarizer {
    private Optional<IndexSummary.End> firstCommit = Optional.empty();
    private Optional<IndexSummary.End> lastCommit = Optional.empty();
    private Optional<Instant> newestEnd = Optional.empty();
    private Optional<Instant> newestTime = Optional.empty();
    private long xidMin;
    private long xidMax;
    private boolean removesFolders;
    private boolean changesFiles;
    private RecoveryNeeds needs = new RecoveryNeeds(0, 0, 0, 0, 0);
    private Optional<Lsn> unlogged = Optional.empty();

    void take(WalEvent event) {
        if (unlogged.isEmpty() && event.levelFromHere().orElse(1) == 0) {
            unlogged = Optional.of(event.start());
        }
        switch (event) {
            case WalEvent.TransactionEnd end -> end(end);
            case WalEvent.Checkpoint checkpoint -> seen(checkpoint.time());
            case WalEvent.RestorePoint point -> {
                seen(point.time());
                changesFiles = true;
            }
            case WalEvent.ParameterChange change -> needs = needs.atLeast(needs(change));
            case WalEvent.DatabaseDropped _, WalEvent.TablespaceDropped _ -> {
                removesFolders = true;
                changesFiles = true;
            }
            case WalEvent.RelationCreated _, WalEvent.RelationTruncated _ -> changesFiles = true;
            case WalEvent.Prepare _,
                    WalEvent.EndOfRecovery _,
                    WalEvent.RedoPoint _,
                    WalEvent.SegmentSwitch _,
                    WalEvent.DatabaseCreated _,
                    WalEvent.TablespaceCreated _ -> {}
        }
    }

    /** What a server with such settings asks of its copies. */
    static RecoveryNeeds needs(WalEvent.ParameterChange change) {
        return new RecoveryNeeds(
                change.maxConnections(),
                change.maxWorkerProcesses(),
                change.maxWalSenders(),
                change.maxPreparedTransactions(),
                change.maxLocksPerTransaction());
    }

    private void end(WalEvent.TransactionEnd end) {
        seen(end.time());
        newestEnd = later(newestEnd, end.time());
        changesFiles |= !end.dropped().isEmpty();
        if (!end.committed()) {
            return;
        }
        if (end.xid() != 0) {
            IndexSummary.End commit = new IndexSummary.End(end.time(), end.xid(), end.start());
            firstCommit = firstCommit.or(() -> Optional.of(commit));
            lastCommit = Optional.of(commit);
            committed(end.xid());
        }
        end.subtransactions().forEach(this::committed);
    }

    private void committed(long xid) {
        xidMin = xidMin == 0 ? xid : Math.min(xidMin, xid);
        xidMax = Math.max(xidMax, xid);
    }

    private void seen(Instant time) {
        newestTime = later(newestTime, time);
    }

    private static Optional<Instant> later(Optional<Instant> known, Instant time) {
        return known.filter(each -> !time.isAfter(each)).or(() -> Optional.of(time));
    }

    IndexSummary summary(Lsn from, Lsn to, Lsn lastEnd, long records) {
        return new IndexSummary(
                from,
                to,
                lastEnd,
                records,
                firstCommit,
                lastCommit,
                newestEnd,
                newestTime,
                xidMin,
                xidMax,
                removesFolders,
                changesFiles,
                needs,
                unlogged);
    }
}
