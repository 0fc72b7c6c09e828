package org.pgkeep.cli.vault;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;
import picocli.CommandLine.Command;

/** {@code vault usage}. */
@Command(
        name = "usage",
        header = "Show what backups take, per server and tier, and what they will.",
        description = {
            "",
            "Every object of the vault is counted once: the sums are those of a plain listing. A"
                    + " pack that several servers share is charged to the one whose bytes it held"
                    + " first. The row (vault) is what belongs to no server. A tier's"
                    + " price is what was said when it was added, or else what prices.json in the"
                    + " home says.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault usage",
            "  pgkeep vault usage -o json",
            "Next:",
            "  pgkeep vault sweep --dry-run"
        })
public final class VaultUsage implements Runnable {
    private final Face face;

    /** The command. */
    public VaultUsage(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json usage = face.service().get("/vault/usage");
        face.result(usage, () -> text(usage));
    }

    private static String text(Json usage) {
        Table table =
                new Table(
                        "Server",
                        "Tier",
                        "Snapshots",
                        "WAL",
                        "Maps",
                        "Pending",
                        "Total",
                        "Free",
                        "Cost",
                        "Forecast");
        for (Json row : usage.items()) {
            table.row(
                    row.at("name").shown(),
                    row.at("tier").shown(),
                    bytes(row, "snapshotBytes"),
                    bytes(row, "walBytes"),
                    bytes(row, "mapBytes"),
                    bytes(row, "pendingDeletionBytes"),
                    bytes(row, "totalBytes"),
                    bytes(row, "freeAllowanceBytes"),
                    (row.at("cost").shown() + " " + row.at("currency").asText().orElse("")).strip(),
                    row.at("forecast").isThere() ? bytes(row.at("forecast"), "totalBytes") : "-");
        }
        StringBuilder text = new StringBuilder(table.text());
        for (Json row : usage.items()) {
            row.at("reason")
                    .asText()
                    .filter(reason -> !reason.isEmpty())
                    .ifPresent(reason ->
                            text.append("tier ")
                                    .append(row.at("tier").shown())
                                    .append(": ")
                                    .append(reason)
                                    .append('\n'));
        }
        return text.toString();
    }

    private static String bytes(Json row, String key) {
        return row.at(key).asNumber().map(Words::bytes).orElse("-");
    }
}
