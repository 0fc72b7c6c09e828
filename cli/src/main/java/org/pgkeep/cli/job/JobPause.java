package org.pgkeep.cli.job;

import org.pgkeep.cli.face.Face;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code job pause}. */
@Command(
        name = "pause",
        header = "Pause a backup that runs.",
        description = {
            "",
            "It reads and stores nothing until it is told to go on with pgkeep job resume, or canceled. The server keeps the WAL it needs; the service keeps the backup open. A service that is started again lets it go on.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep job pause 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11",
            "Next:",
            "  pgkeep job resume 7f0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11"
        })
public final class JobPause implements Runnable {
    private final Face face;
    @Mixin private final JobId id = new JobId();

    /** The command. */
    public JobPause(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        id.ask(face, "pause");
    }
}
