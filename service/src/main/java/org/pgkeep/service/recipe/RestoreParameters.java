package org.pgkeep.service.recipe;

import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;

/**
 * What a job that restores a server was asked.
 *
 * @param sourceId the server it restores
 * @param target where to, see {@link Targets}
 * @param snapshotId the id of the new server's first backup
 * @param backupName the name of that backup
 */
public record RestoreParameters(
        String sourceId, String target, String snapshotId, String backupName) {
    /** The parameters of a job. */
    public static RestoreParameters of(Job job) {
        return Json.read(job.parameters(), RestoreParameters.class);
    }
}
