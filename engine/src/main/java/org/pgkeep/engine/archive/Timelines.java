package org.pgkeep.engine.archive;

import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;

/** What follows from a timeline's history for its ancestors. */
public final class Timelines {
    private Timelines() {}

    /** The history of a timeline or of one of its ancestors: a history begins with its parent's. */
    public static TimelineHistory of(TimelineId timeline, TimelineHistory in) {
        return new TimelineHistory(
                timeline,
                in.ancestors().stream()
                        .takeWhile(each -> !each.timeline().equals(timeline))
                        .toList());
    }
}
