package org.pgkeep.cli.backup;

import java.util.List;
import java.util.stream.Collectors;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;

/** Backups as people read them. */
final class BackupText {
    private BackupText() {}

    /** The table of {@code backup list}. */
    static String table(List<Json> backups) {
        Table table = new Table("ID", "Name", "Size", "State", "Tiers", "Timestamp");
        for (Json backup : backups) {
            table.row(
                    backup.at("id").shown(),
                    backup.at("name").shown(),
                    backup.at("sizeBytes").asNumber().map(Words::bytes).orElse("-"),
                    backup.at("state").shown(),
                    tiers(backup.at("tiers")),
                    backup.at("timestamp").shown());
        }
        return table.text();
    }

    /** Everything about one. */
    static String facts(Json backup) {
        return new Facts(0)
                .add("ID", backup.at("id").shown())
                .add("Name", backup.at("name").shown())
                .add("State", backup.at("state").shown())
                .add("Tiers", tiers(backup.at("tiers")))
                .add("Timestamp", backup.at("timestamp").shown())
                .add("Size", backup.at("sizeBytes").asNumber().map(Words::bytes).orElse("-"))
                .add("Stored", backup.at("storedBytes").asNumber().map(Words::bytes).orElse("-"))
                .add("Read", read(backup))
                .add("Timeline", backup.at("timeline").shown())
                .add("From", backup.at("startLsn").shown())
                .add("To", backup.at("stopLsn").shown())
                .add("Pinned", backup.at("pinned").shown())
                .add("Reason", backup.at("reason").shown())
                .text();
    }

    /** How much of the data directory was read, and why so much or so little. */
    private static String read(Json backup) {
        String bytes = backup.at("readBytes").asNumber().map(Words::bytes).orElse("-");
        return switch (backup.at("reading").shown()) {
            case "by-log" -> bytes + ": what the WAL names as changed";
            case "compared" -> bytes + ": everything, and the WAL had named what changed";
            case "whole" -> bytes + ": everything";
            default -> bytes;
        };
    }

    private static String tiers(Json tiers) {
        String joined = tiers.items().stream().map(Json::shown).collect(Collectors.joining(","));
        return joined.isEmpty() ? tiers.shown() : joined;
    }
}
