package org.pgkeep.engine.expire;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.engine.archive.Timelines;
import org.pgkeep.engine.wal.WalArchive.Stretch;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.SnapshotId;

/**
 * What is known of a server's archive when it is decided what stays.
 *
 * @param snapshots what can be started from
 * @param histories of all timelines of which there is anything
 * @param held what is held of each timeline, without gaps, in order
 * @param lastMoments the newest moment in the WAL of timelines that are not written any more;
 *     missing where it is not known
 * @param pinned snapshots that somebody wants to stay, and why
 * @param deletedAt when the server was deleted; empty while it lives
 * @param whole whether everything could be read; if not, nothing expires
 */
public record ArchiveFacts(
        List<Start> snapshots,
        Map<TimelineId, TimelineHistory> histories,
        Map<TimelineId, List<Stretch>> held,
        Map<TimelineId, Instant> lastMoments,
        Map<SnapshotId, String> pinned,
        Optional<Instant> deletedAt,
        boolean whole) {
    public ArchiveFacts {
        snapshots = List.copyOf(snapshots);
        histories = Map.copyOf(histories);
        held = Map.copyOf(held);
        lastMoments = Map.copyOf(lastMoments);
        pinned = Map.copyOf(pinned);
    }

    /**
     * A snapshot, as far as it matters here.
     *
     * @param stoppedAt the first moment it can restore, by the server's clock
     * @param startLsn where replay begins
     * @param stopLsn where it is consistent
     * @param segmentBytes the size of the server's WAL segments
     * @param damaged whether pages of it failed their checksum
     */
    public record Start(
            SnapshotId id,
            String name,
            Instant stoppedAt,
            TimelineId timeline,
            Lsn startLsn,
            Lsn stopLsn,
            int segmentBytes,
            boolean damaged) {
        /** Whether it is a picture of that history: it ended before its timeline was left. */
        boolean isOn(TimelineHistory history) {
            return history.timelineAt(startLsn).equals(timeline)
                    && history.switchPointOf(timeline)
                            .map(left -> !stopLsn.isAfter(left))
                            .orElse(true);
        }
    }

    /** How far one gets from a position without a gap, along a history. */
    Lsn reach(TimelineHistory history, Lsn from) {
        Lsn at = from;
        while (true) {
            Lsn here = at;
            TimelineId timeline = history.timelineAt(at);
            Optional<Lsn> end =
                    held.getOrDefault(timeline, List.of()).stream()
                            .filter(each -> each.reaches(here) && each.to().isAfter(here))
                            .map(Stretch::to)
                            .findFirst();
            if (end.isEmpty()) {
                return at;
            }
            Optional<Lsn> left = history.switchPointOf(timeline);
            if (left.isEmpty() || end.get().isBefore(left.get())) {
                return end.get();
            }
            at = left.get();
        }
    }

    /** The histories of all ways, as {@link Timelines#tips} tells. */
    List<TimelineHistory> tips() {
        return Timelines.tips(
                histories.values(),
                timeline ->
                        held.getOrDefault(timeline, List.of()).stream()
                                .map(Stretch::to)
                                .reduce(Lsn::max));
    }

    /** The timeline that the server writes. */
    Optional<TimelineId> newest() {
        return histories.keySet().stream().max(TimelineId::compareTo);
    }
}
