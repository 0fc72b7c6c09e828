package org.pgkeep.engine;

import java.time.Instant;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * An unbroken stretch of a timeline in which every moment can be restored.
 *
 * @param timeline the timeline at its end
 * @param fromTime the end of the snapshot it starts with, by the server's clock
 * @param fromLsn where that snapshot becomes consistent
 * @param toTime everything acknowledged before it is held
 * @param toLsn the end of the WAL held without a gap
 */
public record RestorableRange(
        TimelineId timeline, Instant fromTime, Lsn fromLsn, Instant toTime, Lsn toLsn) {}
