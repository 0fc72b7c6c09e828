package org.pgkeep.cli.key;

import java.util.List;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Table;

/** Keys as people read them. */
final class KeyText {
    private KeyText() {}

    /** The table of {@code vault key list}. */
    static String table(List<Json> keys) {
        Table table = new Table("ID", "Kind", "Label", "Generation", "State", "Here");
        for (Json key : keys) {
            String label = key.at("label").shown();
            String address = key.at("address").asText().orElse("");
            table.row(
                    key.at("id").shown(),
                    key.at("kind").shown(),
                    label.isEmpty() && !address.isEmpty() ? address : label,
                    key.at("generation").shown(),
                    key.at("state").shown(),
                    key.at("own").shown().equals("true") ? "opens" : "");
        }
        return table.text();
    }
}
