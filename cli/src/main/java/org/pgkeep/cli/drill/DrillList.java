package org.pgkeep.cli.drill;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drill list}. */
@Command(
        name = "list",
        header = "List the restore drills there were, newest first.",
        description = {
            "",
            "Ready: how long until the restored server accepted writes (recovery time). Risk: how"
                    + " much WAL was not yet in the vault when the drill began (recovery point).",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep drill list -n pg1",
            "Next:",
            "  pgkeep drill run -n pg1"
        })
public final class DrillList implements Runnable {
    private final Face face;

    @Option(
            names = {"-n", "--name"},
            paramLabel = "NAME",
            description = "Only those of this server: its name or ID.")
    private @Nullable String name;

    @Option(
            names = {"-ns", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Namespace the name belongs to (default: default).")
    private String namespace = "default";

    /** The command. */
    public DrillList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, String> query = new TreeMap<>();
        if (name != null) {
            query.put("server", name);
            query.put("namespace", namespace);
        }
        Json drills = face.service().get("/drills" + ServiceClient.query(query));
        face.result(drills, () -> table(drills));
    }

    private static String table(Json drills) {
        Table table =
                new Table(
                        "Timestamp",
                        "Server",
                        "State",
                        "Moment",
                        "Backup",
                        "Ready",
                        "Risk",
                        "Error");
        for (Json drill : drills.items()) {
            table.row(
                    drill.at("timestamp").shown(),
                    drill.at("server").shown(),
                    drill.at("state").shown(),
                    drill.at("targetTime")
                            .asText()
                            .orElse(drill.at("targetLsn").asText().orElse("")),
                    drill.at("backup").asText().orElse(""),
                    DrillRun.seconds(drill.at("readySeconds")),
                    DrillRun.seconds(drill.at("atRiskSeconds")),
                    drill.at("error").at("message").asText().orElse(""));
        }
        return table.text();
    }
}
