package org.pgkeep.engine.restore;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.RestorableRange;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.Timelines;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalScan;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalEvent;

/** The stretches in which every moment can be restored, from the vault alone. */
public final class Ranges {
    /** The end of a stretch is read for its newest time in steps of so much, backwards. */
    private static final int STEP_BYTES = 4 << 20;

    private final ServerArchive archive;
    private final Optional<Instant> heldThrough;

    /**
     * The ranges of one server.
     *
     * @param heldThrough up to which moment everything is known to be held, from a capture that
     *     runs
     */
    public Ranges(ServerArchive archive, Optional<Instant> heldThrough) {
        this.archive = archive;
        this.heldThrough = heldThrough;
    }

    /**
     * The ranges of all ways the server went: of those it left first, then of the one it is on, and
     * of each the oldest first.
     */
    public List<RestorableRange> list() {
        List<RestorableRange> ranges = new ArrayList<>();
        WalArchive held = new WalArchive(archive);
        List<SnapshotInfo> snapshots = archive.snapshots();
        List<TimelineHistory> tips = tips(archive, held);
        Set<End> ends = new HashSet<>();
        for (TimelineHistory tip : tips) {
            ranges.addAll(along(tip, tip.equals(tips.getLast()), held, snapshots, ends));
        }
        return ranges;
    }

    /** The ranges of the way the server is on, oldest first. */
    public List<RestorableRange> ofNewest() {
        WalArchive held = new WalArchive(archive);
        List<TimelineHistory> tips = tips(archive, held);
        return tips.isEmpty()
                ? List.of()
                : along(tips.getLast(), true, held, archive.snapshots(), new HashSet<>());
    }

    /** The ways of which anything is held, the newest last. */
    static List<TimelineHistory> tips(ServerArchive archive, WalArchive held) {
        List<TimelineHistory> histories =
                held.timelines().stream().flatMap(each -> archive.history(each).stream()).toList();
        return Timelines.tips(histories, held::end);
    }

    /** Where a range ends: two ways may reach the same position. */
    private record End(TimelineId timeline, Lsn at) {}

    private List<RestorableRange> along(
            TimelineHistory history,
            boolean isNewest,
            WalArchive held,
            List<SnapshotInfo> snapshots,
            Set<End> ends) {
        List<RestorableRange> ranges = new ArrayList<>();
        List<SnapshotInfo> inLogOrder =
                snapshots.stream()
                        .filter(each -> each.isOn(history))
                        .sorted(Comparator.comparing(SnapshotInfo::stopLsn))
                        .toList();
        for (SnapshotInfo snapshot : inLogOrder) {
            Lsn reach = held.reach(history, snapshot.startLsn());
            End end = new End(history.timelineAt(reach), reach);
            // a later snapshot of the same stretch adds nothing
            if (!reach.isBefore(snapshot.stopLsn()) && ends.add(end)) {
                ranges.add(range(held, history, isNewest, snapshot, reach));
            }
        }
        return ranges;
    }

    private RestorableRange range(
            WalArchive held,
            TimelineHistory history,
            boolean isNewest,
            SnapshotInfo snapshot,
            Lsn reach) {
        TimelineId timeline = history.timelineAt(reach);
        // the heartbeat speaks of the end of the way the server is on, and of no other
        boolean newest = isNewest && held.end(history.timeline()).equals(Optional.of(reach));
        Optional<Instant> promised = newest ? heldThrough : Optional.empty();
        Instant to = promised.orElseGet(() -> newestTime(held, history, snapshot, reach));
        return new RestorableRange(
                timeline,
                snapshot.stoppedAt(),
                snapshot.stopLsn(),
                to.isBefore(snapshot.stoppedAt()) ? snapshot.stoppedAt() : to,
                reach);
    }

    /** The newest time that the WAL itself proves to be held: looked for from its end backwards. */
    private static Instant newestTime(
            WalArchive held, TimelineHistory history, SnapshotInfo snapshot, Lsn reach) {
        WalScan scan = new WalScan(held, snapshot.walSegmentBytes(), snapshot.version().major());
        Newest newest = new Newest();
        for (long step = STEP_BYTES; newest.time.isEmpty(); step *= 4) {
            Lsn from =
                    Lsn.max(snapshot.startLsn(), new Lsn(reach.value() - step).floor(STEP_BYTES));
            if (Long.compareUnsigned(reach.value(), step) < 0) {
                from = snapshot.startLsn();
            }
            scan.scan(history, from, reach, newest);
            if (from.equals(snapshot.startLsn())) {
                break;
            }
        }
        return newest.time.orElse(snapshot.stoppedAt());
    }

    private static final class Newest implements WalScan.Listener {
        private Optional<Instant> time = Optional.empty();

        @Override
        public void event(WalEvent event) {
            switch (event) {
                case WalEvent.TransactionEnd end -> seen(end.time());
                case WalEvent.Checkpoint checkpoint -> seen(checkpoint.time());
                case WalEvent.RestorePoint point -> seen(point.time());
                case WalEvent.Prepare _,
                        WalEvent.DatabaseCreated _,
                        WalEvent.DatabaseDropped _,
                        WalEvent.TablespaceCreated _,
                        WalEvent.TablespaceDropped _,
                        WalEvent.RedoPoint _,
                        WalEvent.EndOfRecovery _,
                        WalEvent.ParameterChange _,
                        WalEvent.SegmentSwitch _,
                        WalEvent.RelationCreated _,
                        WalEvent.RelationTruncated _ -> {}
            }
        }

        private void seen(Instant at) {
            if (time.isEmpty() || at.isAfter(time.get())) {
                time = Optional.of(at);
            }
        }
    }
}
