package org.pgkeep.engine.wal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.Moment;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.index.IndexSummary;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.wal.WalEvent;

/** Finds the moments one may want to go back to, in the WAL the vault holds. */
public final class Moments {
    private Moments() {}

    /**
     * The moments since a time, in log order, along the newest timeline's history.
     *
     * @param dropsOnly only those that removed or emptied relations, and restore points
     */
    public static List<Moment> list(ServerArchive archive, Instant since, boolean dropsOnly) {
        List<SnapshotInfo> snapshots = archive.snapshots();
        if (snapshots.isEmpty()) {
            return List.of();
        }
        WalArchive held = new WalArchive(archive);
        Optional<TimelineHistory> history =
                held.timelines().stream().reduce((older, newer) -> newer).flatMap(archive::history);
        if (history.isEmpty()) {
            return List.of();
        }
        Collector collector = new Collector(since, dropsOnly);
        Lsn done = Lsn.ZERO;
        for (SnapshotInfo start : beginnings(snapshots, history.get(), since)) {
            // the next snapshot of the same stretch adds nothing, the first behind a hole does
            if (!start.startLsn().isBefore(done)) {
                Lsn from = start.startLsn().floor(start.walSegmentBytes());
                done = held.reach(history.get(), from);
                new IndexedWal(
                                held,
                                new IndexStore(archive.objects()),
                                start.walSegmentBytes(),
                                start.version().major())
                        .scan(history.get(), from, done, collector);
            }
        }
        return collector.moments;
    }

    /**
     * The snapshots from which one gets to everything since a time: the newest that ended before,
     * which has everything later behind its start, and those behind it.
     */
    private static List<SnapshotInfo> beginnings(
            List<SnapshotInfo> snapshots, TimelineHistory history, Instant since) {
        List<SnapshotInfo> ours =
                snapshots.stream()
                        .filter(each -> each.isOn(history))
                        .sorted(Comparator.comparing(SnapshotInfo::stopLsn))
                        .toList();
        int first = 0;
        for (int i = 0; i < ours.size(); i++) {
            if (ours.get(i).stoppedAt().isBefore(since)) {
                first = i;
            }
        }
        return ours.subList(first, ours.size());
    }

    private static final class Collector implements IndexedWal.Listener {
        private final Instant since;
        private final boolean dropsOnly;
        private final List<Moment> moments = new ArrayList<>();

        /** Transactions that made files, until they end. */
        private final Set<Long> makers = new HashSet<>();

        /** Transactions that cut files to nothing, until they end. */
        private final Set<Long> cutters = new HashSet<>();

        /** Transactions that removed a database or tablespace, until they end. */
        private final Map<Long, List<RelationFile>> removers = new HashMap<>();

        Collector(Instant since, boolean dropsOnly) {
            this.since = since;
            this.dropsOnly = dropsOnly;
        }

        /** What lies before the time asked for matters only where it begins to change files. */
        @Override
        public IndexedWal.Way way(IndexSummary range) {
            boolean before = range.newestTime().map(newest -> newest.isBefore(since)).orElse(true);
            boolean underWay = !cutters.isEmpty() || !removers.isEmpty();
            boolean passable = !range.changesFiles() && (before || (dropsOnly && !underWay));
            return passable ? IndexedWal.Way.SUMMARY : IndexedWal.Way.EVENTS;
        }

        @Override
        public void event(WalEvent event) {
            switch (event) {
                case WalEvent.RelationCreated created -> makers.add(created.xid());
                case WalEvent.RelationTruncated cut -> {
                    if (cut.blocks() == 0) {
                        cutters.add(cut.xid());
                    }
                }
                case WalEvent.DatabaseDropped gone ->
                        removes(
                                gone.xid(),
                                gone.tablespaces().stream()
                                        .map(each -> new RelationFile(each, gone.database(), 0))
                                        .toList());
                case WalEvent.TablespaceDropped gone -> removes(gone.xid(), List.of());
                case WalEvent.TransactionEnd end -> {
                    Moment.Kind kind = kind(end);
                    List<RelationFile> files = new ArrayList<>(end.dropped());
                    files.addAll(removers.getOrDefault(end.xid(), List.of()));
                    makers.remove(end.xid());
                    cutters.remove(end.xid());
                    removers.remove(end.xid());
                    end.subtransactions().forEach(makers::remove);
                    end.subtransactions().forEach(cutters::remove);
                    boolean wanted = kind != Moment.Kind.COMMIT || !dropsOnly;
                    if (end.committed() && end.xid() != 0 && wanted) {
                        add(end.time(), end.xid(), end.start(), kind, files, "");
                    }
                }
                case WalEvent.RestorePoint point ->
                        add(
                                point.time(),
                                0,
                                point.start(),
                                Moment.Kind.RESTORE_POINT,
                                List.of(),
                                point.name());
                case WalEvent.Prepare _,
                        WalEvent.DatabaseCreated _,
                        WalEvent.TablespaceCreated _,
                        WalEvent.RedoPoint _,
                        WalEvent.Checkpoint _,
                        WalEvent.EndOfRecovery _,
                        WalEvent.ParameterChange _,
                        WalEvent.SegmentSwitch _ -> {}
            }
        }

        private void removes(long xid, List<RelationFile> folders) {
            if (xid != 0) {
                List<RelationFile> all = new ArrayList<>(removers.getOrDefault(xid, List.of()));
                all.addAll(folders);
                removers.put(xid, all);
            }
        }

        private Moment.Kind kind(WalEvent.TransactionEnd end) {
            if (removers.containsKey(end.xid())) {
                return Moment.Kind.DROP;
            }
            if (took(makers, end)) {
                return end.dropped().isEmpty() ? Moment.Kind.COMMIT : Moment.Kind.REWRITE;
            }
            if (!end.dropped().isEmpty()) {
                return Moment.Kind.DROP;
            }
            return took(cutters, end) ? Moment.Kind.TRUNCATE : Moment.Kind.COMMIT;
        }

        private static boolean took(Set<Long> part, WalEvent.TransactionEnd end) {
            return part.contains(end.xid())
                    || end.subtransactions().stream().anyMatch(part::contains);
        }

        private void add(
                Instant time,
                long xid,
                Lsn lsn,
                Moment.Kind kind,
                List<RelationFile> files,
                String restorePoint) {
            if (!time.isBefore(since)) {
                moments.add(new Moment(time, xid, lsn, kind, files, restorePoint));
            }
        }
    }
}
