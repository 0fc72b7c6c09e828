package org.pgkeep.cli.server;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code server update}. */
@Command(
        name = "update",
        header = "Change how a server's backups and WAL are taken and kept.",
        description = {"", "What is not named stays as it was.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep server update -n pg1 --retention 14d --keep-monthly 12",
            "  pgkeep server update -n pg1 --synchronous on",
            "Next:",
            "  pgkeep backup list -n pg1 -o json     tells why each backup is kept"
        })
public final class ServerUpdate implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final KeepOptions keep = new KeepOptions();
    @Mixin private final CaptureOptions capture = new CaptureOptions();

    /** The command. */
    public ServerUpdate(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, Json> options = keep.given();
        capture.into(options);
        Json updated =
                face.service()
                        .post(
                                server.path("/settings"),
                                Json.object(Map.of("options", Json.object(options))));
        face.result(
                updated.at("server"),
                () -> ServerText.table(java.util.List.of(updated.at("server"))));
        updated.at("notes").items().forEach(note -> face.say("note: " + note.shown()));
    }
}
