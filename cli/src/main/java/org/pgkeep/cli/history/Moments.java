package org.pgkeep.cli.history;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code moments}. */
@Command(
        name = "moments",
        header = "List the commits a server can go back to.",
        description = {
            "",
            "Read from the WAL in the vault: every commit with its exact time, and which of them"
                    + " dropped or truncated tables.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep moments -n pg1 --since 1h",
            "  pgkeep moments -n pg1 --drops",
            "Next:",
            "  pgkeep server restore -n pg1-before -f pg1 --before XID --wait"
        })
public final class Moments implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    @Option(
            names = "--since",
            paramLabel = "SPAN",
            description = "Only of so long ago: 30m 6h 1.5h 2d (default: 1h, with --drops all).")
    private String since = "";

    @Option(
            names = "--drops",
            description = "Only what dropped, truncated or rewrote a table, and restore points.")
    private boolean drops;

    /** The command. */
    public Moments(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, String> asked =
                Map.of(
                        "since", since.isEmpty() && !drops ? "1h" : since,
                        "drops", drops ? "true" : "",
                        "timeZone", face.terminal().zone().getId());
        Json moments = face.service().get(server.path("/moments", asked));
        face.result(moments, () -> table(moments.items()));
        if (drops && !moments.items().isEmpty()) {
            String back =
                    moments.items().reversed().stream()
                            .filter(moment -> !isRestorePoint(moment))
                            .findFirst()
                            .map(last -> "--before " + last.at("xid").shown())
                            .orElse("--restore-point NAME");
            face.say(
                    "To go back to just before one: "
                            + face.line(
                                    "server restore -n NEW -f "
                                            + server.name()
                                            + " "
                                            + back
                                            + " --wait"));
        }
    }

    /** One has a name, and no transaction. */
    private static boolean isRestorePoint(Json moment) {
        return moment.at("kind").shown().equals("restorePoint");
    }

    private static String table(List<Json> moments) {
        Table table = new Table("Time", "XID", "LSN", "Kind", "Relations");
        for (Json moment : moments) {
            table.row(
                    moment.at("time").shown(),
                    isRestorePoint(moment) ? "-" : moment.at("xid").shown(),
                    moment.at("lsn").shown(),
                    moment.at("kind").shown(),
                    relations(moment));
        }
        return table.text();
    }

    /** What was removed by name and size, as far as known; of a restore point its name. */
    private static String relations(Json moment) {
        List<Json> removed = moment.at("removed").items();
        if (removed.isEmpty()) {
            return moment.at("relations").items().stream()
                    .map(Json::shown)
                    .collect(Collectors.joining(", "));
        }
        return removed.stream()
                .map(each ->
                        each.at("name")
                                        .asText()
                                        .filter(name -> !name.isEmpty())
                                        .orElseGet(() -> each.at("file").shown())
                                + each.at("sizeBytes")
                                        .asNumber()
                                        .map(bytes -> " (" + Words.bytes(bytes) + ")")
                                        .orElse(""))
                .collect(Collectors.joining(", "));
    }
}
