package org.pgkeep.cli.backup;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code backup delete}. */
@Command(
        name = "delete",
        header = "Delete a backup.",
        description = {
            "",
            "It is gone from the lists at once; its bytes go with a later sweep, save those that other backups need. Moments that it alone leads to can not be restored any more.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep backup delete -n pg1 -bn before-upgrade",
            "Next:",
            "  pgkeep vault sweep --dry-run"
        })
public final class BackupDelete implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final NamedBackup backup = new NamedBackup();

    @Option(
            names = "--tier",
            paramLabel = "N|all",
            description = "Only from this tier of the vault (default: all).")
    private String tier = "all";

    /** The command. */
    public BackupDelete(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json gone = face.service().delete(server.path(backup.path(""), Map.of("tier", tier)));
        face.result(gone, () -> gone.at("name").shown() + " is deleted\n");
    }
}
