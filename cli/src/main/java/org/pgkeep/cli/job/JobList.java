package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;

/** {@code job list}. */
@Command(
        name = "list",
        header = "List what the service does and has done.",
        description = "",
        footer = {"", "Example:", "  pgkeep job list", "Next:", "  pgkeep job show ID"})
public final class JobList implements Runnable {
    private final Face face;

    /** The command. */
    public JobList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json jobs = face.service().get("/jobs");
        face.result(jobs, () -> JobText.table(jobs.items()));
    }
}
