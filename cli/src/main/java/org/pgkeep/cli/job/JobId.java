package org.pgkeep.cli.job;

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
}
