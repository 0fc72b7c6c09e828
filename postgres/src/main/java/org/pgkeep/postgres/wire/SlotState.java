package org.pgkeep.postgres.wire;

import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** What a server knows of a physical replication slot. */
public sealed interface SlotState {
    /** There is no slot of that name. */
    record Absent() implements SlotState {}

    /** There is one, but it holds back no WAL: never used, or invalidated for want of room. */
    record WithoutWal() implements SlotState {}

    /**
     * It holds back WAL.
     *
     * @param restart the oldest position it holds
     * @param timeline the timeline of that position
     */
    record Holding(Lsn restart, TimelineId timeline) implements SlotState {}
}
