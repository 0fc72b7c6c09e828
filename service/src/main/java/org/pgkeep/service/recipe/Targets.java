package org.pgkeep.service.recipe;

import java.time.Instant;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.vault.SnapshotId;

/** Restore targets as words, for the parameters of jobs. */
public final class Targets {
    private Targets() {}

    /**
     * The target as a word and a value, such as {@code time 2019-09-06T21:00:10.879660Z}. What
     * moves with time is written as the position it has now, so that a second run ends where the
     * first one would have.
     */
    public static String fixed(RestorePlan plan) {
        return switch (plan.target()) {
            case RestoreTarget.ToTime(Instant time) -> "time " + time;
            case RestoreTarget.ToLsn(Lsn lsn) -> "lsn " + lsn;
            case RestoreTarget.ToXid(long xid) -> "xid " + xid;
            case RestoreTarget.BeforeXid(long xid) -> "before " + xid;
            case RestoreTarget.Latest _ -> "lsn " + plan.promisedEnd();
            case RestoreTarget.Earliest _ -> "backup " + plan.snapshot().id();
            case RestoreTarget.ToBackup(SnapshotId id) -> "backup " + id;
        };
    }

    /** Reads what {@link #fixed} wrote. */
    public static RestoreTarget read(String words) {
        String[] parts = words.split(" ", 2);
        return switch (parts[0]) {
            case "time" -> new RestoreTarget.ToTime(Instant.parse(parts[1]));
            case "lsn" -> new RestoreTarget.ToLsn(Lsn.parse(parts[1]));
            case "xid" -> new RestoreTarget.ToXid(Long.parseLong(parts[1]));
            case "before" -> new RestoreTarget.BeforeXid(Long.parseLong(parts[1]));
            case "backup" -> new RestoreTarget.ToBackup(SnapshotId.parse(parts[1]));
            default -> throw new IllegalArgumentException("no target: " + words);
        };
    }
}
