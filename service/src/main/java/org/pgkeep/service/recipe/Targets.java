package org.pgkeep.service.recipe;

import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.vault.SnapshotId;

/** Restore targets as words, for the parameters of jobs. */
public final class Targets {
    private Targets() {}

    /**
     * Where a plan ends, as a word and a value such as {@code lsn 16/B374D848}. A moment, a
     * transaction and "latest" become the position that the plan found for them: a second run then
     * ends where the first one would have, whatever the server did meanwhile, and needs nobody's
     * word that the moment is held.
     */
    public static String fixed(RestorePlan plan) {
        return switch (plan.target()) {
            case RestoreTarget.Earliest _, RestoreTarget.ToBackup _ ->
                    "backup " + plan.snapshot().id();
            case RestoreTarget.ToTime _,
                    RestoreTarget.ToLsn _,
                    RestoreTarget.ToXid _,
                    RestoreTarget.BeforeXid _,
                    RestoreTarget.ToRestorePoint _,
                    RestoreTarget.Latest _ ->
                    "lsn " + Lsn.max(plan.promisedEnd(), plan.snapshot().stopLsn());
        };
    }

    /** Reads what {@link #fixed} wrote. */
    public static RestoreTarget read(String words) {
        String[] parts = words.split(" ", 2);
        return switch (parts[0]) {
            case "lsn" -> new RestoreTarget.ToLsn(Lsn.parse(parts[1]));
            case "backup" -> new RestoreTarget.ToBackup(SnapshotId.parse(parts[1]));
            default -> throw new IllegalArgumentException("no target: " + words);
        };
    }
}
