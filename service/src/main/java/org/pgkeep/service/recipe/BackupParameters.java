package org.pgkeep.service.recipe;

import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;
import org.pgkeep.vault.SnapshotId;

/**
 * What a job that takes a backup was asked. The id is chosen before it starts, so that a second run
 * finds what the first one finished.
 *
 * @param snapshotId the backup's id
 * @param name the backup's name
 */
public record BackupParameters(String snapshotId, String name) {
    /** The parameters of a job. */
    public static BackupParameters of(Job job) {
        return Json.read(job.parameters(), BackupParameters.class);
    }

    /** The backup's id. */
    public SnapshotId id() {
        return SnapshotId.parse(snapshotId);
    }
}
