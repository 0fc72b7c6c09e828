package org.pgkeep.engine.restore;

import java.time.Duration;
import java.util.List;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * How a restore ended. The server runs.
 *
 * @param restore how long files and WAL took out of the vault
 * @param ready how long it all took, until the server accepted writes
 * @param endLsn where recovery ended
 * @param endTimeline the new server's own timeline
 * @param checks what was checked, all of it good
 */
public record RestoreOutcome(
        Duration restore,
        Duration ready,
        Lsn endLsn,
        TimelineId endTimeline,
        List<RestoreCheck> checks) {
    /**
     * One thing that was promised and looked at.
     *
     * @param name what
     * @param good whether it is so
     * @param detail what was seen
     */
    public record RestoreCheck(String name, boolean good, String detail) {}

    public RestoreOutcome {
        checks = List.copyOf(checks);
    }
}
