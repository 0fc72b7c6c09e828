package org.pgkeep.cli.backup;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code backup pin}. */
@Command(
        name = "pin",
        header = "Keep a backup however old it gets.",
        description = {
            "",
            "A pinned backup does not expire and can not be deleted; the WAL that makes it consistent stays with it.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep backup pin -n pg1 -bn before-upgrade",
            "Next:",
            "  pgkeep backup unpin -n pg1 -bn before-upgrade"
        })
public final class BackupPin implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final NamedBackup backup = new NamedBackup();

    @Option(names = "--why", paramLabel = "TEXT", description = "A reason for those who ask later.")
    private String why = "";

    /** The command. */
    public BackupPin(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, Json> body = new LinkedHashMap<>();
        if (!why.isEmpty()) {
            body.put("why", Json.text(why));
        }
        Json found = face.service().post(server.path(backup.path("/pin")), Json.object(body));
        face.result(found, () -> BackupText.facts(found));
    }
}
