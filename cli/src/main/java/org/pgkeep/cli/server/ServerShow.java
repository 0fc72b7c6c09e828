package org.pgkeep.cli.server;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code server show}. */
@Command(
        name = "show",
        header = "Show everything about one server.",
        description = {
            "",
            "How to connect, which moments can be gone back to, and how much WAL would be lost if"
                    + " this machine burnt down now.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep server show -n pg1",
            "  psql \"$(pgkeep server show -n pg1 -o json | jq -r .connectionString)\"",
            "Next:",
            "  pgkeep moments -n pg1     lists what can be gone back to"
        })
public final class ServerShow implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    /** The command. */
    public ServerShow(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json found = face.service().get(server.path(""));
        face.result(found, () -> ServerText.facts(found));
    }
}
