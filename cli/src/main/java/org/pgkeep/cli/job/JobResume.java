package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code job resume}. */
@Command(
        name = "resume",
        header = "Let a backup that was paused go on.",
        description = {"", "It goes on where it was.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep job resume 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11",
            "Next:",
            "  pgkeep job follow 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11"
        })
public final class JobResume implements Runnable {
    private final Face face;
    @Mixin private final JobId id = new JobId();

    /** The command. */
    public JobResume(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        id.ask(face, "resume");
    }
}
