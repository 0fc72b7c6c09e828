package org.pgkeep.engine.restore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalArchive.Stretch;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * The WAL that no restore goes through, of all timelines and with its cause, from the vault alone:
 * what was recorded as lost and is not held by now, what is missing though nothing recorded it, and
 * what was written with {@code wal_level=minimal}.
 */
public final class Holes {
    /** What a capture loses it records before the WAL behind it is there; so this is no such. */
    private static final String UNRECORDED =
            "it is not in the vault, and no loss was recorded: it expired, or somebody removed it";

    private final ServerArchive archive;
    private final WalArchive held;

    /** Read when the first of them matters: each costs a request. */
    private Optional<List<SnapshotInfo>> snapshots = Optional.empty();

    private Holes(ServerArchive archive) {
        this.archive = archive;
        this.held = new WalArchive(archive.objects());
    }

    /** The holes of one server, by timeline and position. */
    public static List<Hole> list(ServerArchive archive) {
        return new Holes(archive).list();
    }

    private List<Hole> list() {
        List<Hole> holes = new ArrayList<>();
        for (Hole hole : archive.holes()) {
            List<Stretch> stretches = held.stretches(hole.timeline());
            if (isOpen(hole, stretches) && isReached(hole, stretches)) {
                holes.add(hole);
            }
        }
        for (TimelineId timeline : held.timelines()) {
            List<Stretch> stretches = held.stretches(timeline);
            unrecorded(timeline, stretches).stream()
                    .filter(each -> holes.stream().noneMatch(each::overlaps))
                    .toList()
                    .forEach(holes::add);
            holes.addAll(unlogged(timeline, stretches));
        }
        holes.sort(Comparator.comparing(Hole::timeline).thenComparing(Hole::from));
        return holes;
    }

    private Stream<SnapshotInfo> snapshotsOn(TimelineId timeline) {
        if (snapshots.isEmpty()) {
            snapshots = Optional.of(archive.snapshots());
        }
        return snapshots.get().stream().filter(each -> each.timeline().equals(timeline));
    }

    /** Whether bytes of it are missing still. */
    private static boolean isOpen(Hole hole, List<Stretch> stretches) {
        return stretches.stream()
                .noneMatch(each -> each.reaches(hole.from()) && each.reaches(hole.to()));
    }

    /** Whether anything before it is held; otherwise all that it cut off has expired. */
    private boolean isReached(Hole hole, List<Stretch> stretches) {
        return stretches.stream().anyMatch(each -> each.from().isBefore(hole.from()))
                || held.timelines().stream().anyMatch(each -> each.compareTo(hole.timeline()) < 0);
    }

    /**
     * Gaps in what is held. Those before a stretch without a snapshot count for nothing: units that
     * are stored side by side may come in any order, and no range begins there.
     */
    private List<Hole> unrecorded(TimelineId timeline, List<Stretch> stretches) {
        List<Hole> gaps = new ArrayList<>();
        for (int i = 1; i < stretches.size(); i++) {
            Stretch behind = stretches.get(i);
            boolean counts =
                    snapshotsOn(timeline)
                            .anyMatch(each ->
                                    behind.reaches(each.startLsn())
                                            && behind.reaches(each.stopLsn()));
            if (counts) {
                gaps.add(
                        new Hole(
                                timeline,
                                stretches.get(i - 1).to(),
                                behind.from(),
                                UNRECORDED,
                                Optional.empty()));
            }
        }
        return gaps;
    }

    /** It is held and of no use: up to the next snapshot, or to the end of what is held. */
    private List<Hole> unlogged(TimelineId timeline, List<Stretch> stretches) {
        List<Hole> holes = new ArrayList<>();
        Lsn done = Lsn.ZERO;
        for (Lsn from : archive.unlogged(timeline).stream().sorted().toList()) {
            Optional<Stretch> within =
                    stretches.stream()
                            .filter(each -> each.reaches(from) && each.to().isAfter(from))
                            .findFirst();
            if (within.isEmpty() || from.isBefore(done)) {
                continue;
            }
            done =
                    snapshotsOn(timeline)
                            .map(SnapshotInfo::startLsn)
                            .filter(start -> start.isAfter(from))
                            .min(Comparator.naturalOrder())
                            .map(start -> Lsn.min(start, within.get().to()))
                            .orElse(within.get().to());
            holes.add(new Hole(timeline, from, done, Hole.UNLOGGED, Optional.empty()));
        }
        return holes;
    }
}
