package org.pgkeep.cli.backup;

import java.util.Set;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code backup list}. */
@Command(
        name = "list",
        header = "List the backups of a server.",
        description = "",
        footer = {
            "",
            "Example:",
            "  pgkeep backup list -n pg1",
            "Next:",
            "  pgkeep server restore -n pg1-then -f pg1 -bn BACKUP --wait"
        })
public final class BackupList implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    @Option(
            names = "--tier",
            paramLabel = "N|all",
            description = "Only those in this tier of the vault; so far there is tier 1.")
    private String tier = "all";

    /** The command. */
    public BackupList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        if (!Set.of("all", "1").contains(tier)) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "there is no tier " + tier,
                    "this version's vaults have tier 1 alone: say --tier 1, or leave it out");
        }
        Json backups = face.service().get(server.path("/backups"));
        face.result(backups, () -> BackupText.table(backups.items()));
    }
}
