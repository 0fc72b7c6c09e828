package org.pgkeep.cli.backup;

import java.util.List;
import java.util.stream.Collectors;
import org.pgkeep.cli.rest.Json;
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

    private static String tiers(Json tiers) {
        String joined = tiers.items().stream().map(Json::shown).collect(Collectors.joining(","));
        return joined.isEmpty() ? tiers.shown() : joined;
    }
}
