package org.pgkeep.engine;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * WAL that was lost before it was held, or that recovery can't go through. Moments in it, and
 * behind it until the next snapshot, can't be restored.
 *
 * @param timeline whose WAL it was
 * @param from the first byte that is missing
 * @param to behind the last one
 * @param cause why, a clause for people
 * @param noticedAt when it was noticed, by pgkeep's clock; empty where nothing recorded it and only
 *     what is held tells of it
 */
public record Hole(
        TimelineId timeline, Lsn from, Lsn to, String cause, Optional<Instant> noticedAt) {
    /** The cause of one that is held, and of no use. */
    public static final String UNLOGGED =
            "the server wrote it with wal_level=minimal: recovery can't go through it";

    public Hole {
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException("no hole: " + from + " to " + to);
        }
    }

    /** Whether any byte is missing in both. */
    public boolean overlaps(Hole other) {
        return timeline.equals(other.timeline)
                && from.isBefore(other.to)
                && other.from.isBefore(to);
    }

    /** Whether it is the same stretch, whatever is said of it. */
    public boolean isSameStretchAs(Hole other) {
        return timeline.equals(other.timeline) && from.equals(other.from) && to.equals(other.to);
    }
}
