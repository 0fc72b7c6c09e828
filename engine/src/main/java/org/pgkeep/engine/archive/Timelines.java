package org.pgkeep.engine.archive;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;

/** What follows from the histories of timelines: they are a tree, with a tip for each way. */
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

    /**
     * The histories that lead to moments no other history leads to: those of timelines that were
     * never left, and of timelines that were written on behind the point where they were left.
     *
     * @param end of what is held of a timeline
     * @return the newest last
     */
    public static List<TimelineHistory> tips(
            Collection<TimelineHistory> histories, Function<TimelineId, Optional<Lsn>> end) {
        List<TimelineHistory> tips = new ArrayList<>();
        for (TimelineHistory history : histories) {
            TimelineId timeline = history.timeline();
            Optional<Lsn> left =
                    histories.stream()
                            .flatMap(other -> other.switchPointOf(timeline).stream())
                            .reduce(Lsn::max);
            boolean writtenOn =
                    left.flatMap(at -> end.apply(timeline).filter(to -> to.isAfter(at)))
                            .isPresent();
            if (left.isEmpty() || writtenOn) {
                tips.add(history);
            }
        }
        tips.sort(Comparator.comparing(TimelineHistory::timeline));
        return tips;
    }
}
