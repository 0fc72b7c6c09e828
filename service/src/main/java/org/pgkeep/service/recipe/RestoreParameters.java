package org.pgkeep.service.recipe;

import java.util.Optional;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;

/**
 * What a job that restores a server was asked.
 *
 * @param sourceId the server it restores
 * @param target where to, see {@link Targets}
 * @param snapshotId the id of the new server's first backup
 * @param backupName the name of that backup
 * @param tier the one tier to read from; empty for whichever has what is asked for
 */
public record RestoreParameters(
        String sourceId,
        String target,
        String snapshotId,
        String backupName,
        Optional<Integer> tier) {
    /** The parameters of a job. */
    public static RestoreParameters of(Job job) {
        return Json.read(job.parameters(), RestoreParameters.class);
    }
}
