package org.pgkeep.service.recipe;

import java.util.Optional;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;
import org.pgkeep.vault.SnapshotId;

/**
 * What a job that takes a backup was asked. The id is chosen before it starts, so that a second run
 * finds what the first one finished.
 *
 * @param snapshotId the backup's id
 * @param name the backup's name
 * @param how how it is read; empty for as ever
 */
public record BackupParameters(String snapshotId, String name, Optional<How> how) {
    /**
     * How a backup is read.
     *
     * @param whole whether everything is read and compared, whatever the log says
     * @param megabytesPerSecond at most so fast; empty for what the server's settings say
     */
    public record How(boolean whole, Optional<Integer> megabytesPerSecond) {
        /** By the log, as fast as the server's settings say. */
        public static final How AS_EVER = new How(false, Optional.empty());
    }

    /** Parameters of a backup that is read as ever. */
    public BackupParameters(String snapshotId, String name) {
        this(snapshotId, name, Optional.empty());
    }

    /** The parameters of a job. */
    public static BackupParameters of(Job job) {
        return Json.read(job.parameters(), BackupParameters.class);
    }

    /** The backup's id. */
    public SnapshotId id() {
        return SnapshotId.parse(snapshotId);
    }
}
