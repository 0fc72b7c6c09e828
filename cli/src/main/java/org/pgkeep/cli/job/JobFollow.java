package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code job follow}. */
@Command(
        name = "follow",
        header = "Stay with a job until it has ended.",
        description = {
            "",
            "Shows its progress and ends with its outcome: exit code 0 when it succeeded, else that"
                    + " of its failure. Ctrl-C ends the watching, not the job.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep job follow 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11",
            "Next:",
            "  pgkeep job show ID     when it failed"
        })
public final class JobFollow implements Runnable {
    private final Face face;
    @Mixin private final JobId id = new JobId();

    /** The command. */
    public JobFollow(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json ended = new JobWatch(face, service).toItsEnd(service.get(id.path()));
        face.result(ended, () -> JobText.facts(ended));
    }
}
