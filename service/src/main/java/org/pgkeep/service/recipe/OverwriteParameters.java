package org.pgkeep.service.recipe;

import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;

/**
 * What a job that restores over a server was asked.
 *
 * @param newId the identity of the server that takes the other one's place
 * @param keepsId the id of the backup of the present state
 * @param keepsName the name of that backup
 * @param restore the restore itself
 */
public record OverwriteParameters(
        String newId, String keepsId, String keepsName, RestoreParameters restore) {
    static OverwriteParameters of(Job job) {
        return Json.read(job.parameters(), OverwriteParameters.class);
    }
}
