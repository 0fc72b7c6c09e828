package org.pgkeep.cli.backup;

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
            description = "Only those in this tier of the vault; see: pgkeep vault tier list.")
    private String tier = "all";

    /** The command. */
    public BackupList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        if (!tier.matches("all|[1-9]")) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "there is no tier " + tier,
                    "see the tiers with: pgkeep vault tier list");
        }
        Json all = face.service().get(server.path("/backups"));
        Json backups =
                tier.equals("all")
                        ? all
                        : new Json.Items(
                                all.items().stream()
                                        .filter(backup ->
                                                backup.at("tiers").items().stream()
                                                        .anyMatch(
                                                                each -> each.shown().equals(tier)))
                                        .toList());
        face.result(backups, () -> BackupText.table(backups.items()));
    }
}
