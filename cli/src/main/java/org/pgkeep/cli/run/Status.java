package org.pgkeep.cli.run;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;

/** {@code status}. */
@Command(
        name = "status",
        header = "Say whether the service runs, and where.",
        description = {"", "Exit code 2 when it does not run.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep status",
            "Next:",
            "  pgkeep server list",
            "  pgkeep up --detach     when it does not run"
        })
public final class Status implements Runnable {
    private final Face face;

    /** The command. */
    public Status(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json status = face.service().get("/status");
        face.result(status, () -> StatusText.facts(status));
    }
}
