package org.pgkeep.cli.job;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Parameters;

/** Which job. */
public final class JobId {
    @Parameters(
            index = "0",
            paramLabel = "ID",
            description = "The job's ID, as it was printed when the work was started.")
    private String id = "";

    /** The job's path in the REST API. */
    String path() {
        return "/jobs/" + ServiceClient.part(id);
    }

    /** Asks for something to be done with the job, and tells how it is then. */
    void ask(Face face, String act) {
        Json job = face.service().post(path() + "/" + act, Json.object(Map.of()));
        face.result(job, () -> JobText.facts(job));
    }
}
