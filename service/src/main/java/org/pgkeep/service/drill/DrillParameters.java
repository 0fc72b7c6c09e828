package org.pgkeep.service.drill;

import java.util.List;
import org.pgkeep.engine.drill.DrillQuestion;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.Json;

/**
 * What a job that drills was asked.
 *
 * @param sourceId the server whose past is restored
 * @param target where to, see {@link org.pgkeep.service.recipe.Targets}
 * @param questions what has to be true of the copy
 */
record DrillParameters(String sourceId, String target, List<DrillQuestion> questions) {
    DrillParameters {
        questions = List.copyOf(questions);
    }

    static DrillParameters of(Job job) {
        return Json.read(job.parameters(), DrillParameters.class);
    }
}
