package org.pgkeep.vault.sweep;

import java.util.List;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.LogRange;

/**
 * What those who know what snapshots and logs mean want to be rid of.
 *
 * @param burials snapshots and archives that are deleted before the look
 * @param logs stretches of log that lead to nothing
 */
public record SweepPlan(List<Tombstone> burials, List<UnneededLog> logs) {
    /** Nothing but what was deleted before. */
    public static final SweepPlan NOTHING = new SweepPlan(List.of(), List.of());

    /**
     * A stretch of log; pieces wholly inside of it go.
     *
     * @param from unsigned
     * @param to unsigned, behind the last byte
     */
    public record UnneededLog(ArchiveId archive, int stream, long from, long to) {
        boolean holds(LogRange piece) {
            return piece.stream() == stream && holds(piece.from(), piece.to());
        }

        boolean holds(long first, long end) {
            return Long.compareUnsigned(first, from) >= 0 && Long.compareUnsigned(end, to) <= 0;
        }
    }

    public SweepPlan {
        burials = List.copyOf(burials);
        logs = List.copyOf(logs);
    }
}
