package org.pgkeep.cli.backup;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code backup unpin}. */
@Command(
        name = "unpin",
        header = "Let a pinned backup expire like any other.",
        description = {"", "It goes with the next sweep if no restore point needs it.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep backup unpin -n pg1 -bn before-upgrade",
            "Next:",
            "  pgkeep backup list -n pg1"
        })
public final class BackupUnpin implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final NamedBackup backup = new NamedBackup();

    /** The command. */
    public BackupUnpin(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json found = face.service().delete(server.path(backup.path("/pin")));
        face.result(found, () -> BackupText.facts(found));
    }
}
