package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code job show}. */
@Command(
        name = "show",
        header = "Show everything about one job.",
        description = "",
        footer = {
            "",
            "Example:",
            "  pgkeep job show 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11",
            "Next:",
            "  pgkeep job follow ID     stays until it has ended"
        })
public final class JobShow implements Runnable {
    private final Face face;
    @Mixin private final JobId id = new JobId();

    /** The command. */
    public JobShow(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json job = face.service().get(id.path());
        face.result(job, () -> JobText.facts(job));
    }
}
