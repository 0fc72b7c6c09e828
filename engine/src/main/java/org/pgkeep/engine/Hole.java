package org.pgkeep.engine;

import java.time.Instant;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * WAL that was lost before it was held. Moments in it, and behind it until the next snapshot, can't
 * be restored.
 *
 * @param timeline whose WAL it was
 * @param from the first byte that is missing
 * @param to behind the last one
 * @param cause why, a clause for people
 * @param noticedAt when it was noticed, by pgkeep's clock
 */
public record Hole(TimelineId timeline, Lsn from, Lsn to, String cause, Instant noticedAt) {
    public Hole {
        if (!from.isBefore(to)) {
            throw new IllegalArgumentException("no hole: " + from + " to " + to);
        }
    }

    /** Whether it is the same stretch, whatever is said of it. */
    public boolean isSameStretchAs(Hole other) {
        return timeline.equals(other.timeline) && from.equals(other.from) && to.equals(other.to);
    }
}
