package org.pgkeep.cli.backup;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code backup show}. */
@Command(
        name = "show",
        header = "Show everything about one backup.",
        description = {"", "Its reason says why it is kept, and until when.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep backup show -n pg1 -bn before-upgrade",
            "Next:",
            "  pgkeep backup pin -n pg1 -bn before-upgrade"
        })
public final class BackupShow implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final NamedBackup backup = new NamedBackup();

    /** The command. */
    public BackupShow(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json found = face.service().get(server.path(backup.path("")));
        face.result(found, () -> BackupText.facts(found));
    }
}
