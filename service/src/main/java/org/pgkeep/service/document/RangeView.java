package org.pgkeep.service.document;

import java.time.Instant;
import org.pgkeep.engine.RestorableRange;

/**
 * An unbroken stretch in which every moment can be restored.
 *
 * @param timeline the timeline at its end
 * @param fromTime its first moment
 * @param fromLsn its first position
 * @param toTime its last moment
 * @param toLsn its last position
 */
public record RangeView(
        int timeline, Instant fromTime, String fromLsn, Instant toTime, String toLsn) {
    /** The engine's range as a document. */
    public static RangeView of(RestorableRange range) {
        return new RangeView(
                range.timeline().value(),
                range.fromTime(),
                range.fromLsn().toString(),
                range.toTime(),
                range.toLsn().toString());
    }
}
