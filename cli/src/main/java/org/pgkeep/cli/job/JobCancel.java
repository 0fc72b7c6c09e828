package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code job cancel}. */
@Command(
        name = "cancel",
        header = "Cancel a job that waits or runs.",
        description = {
            "",
            "What it began is cleaned up, as after a failure. A deletion can not be canceled.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep job cancel 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11",
            "Next:",
            "  pgkeep job list"
        })
public final class JobCancel implements Runnable {
    private final Face face;
    @Mixin private final JobId id = new JobId();

    /** The command. */
    public JobCancel(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        id.ask(face, "cancel");
    }
}
