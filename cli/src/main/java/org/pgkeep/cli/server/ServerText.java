package org.pgkeep.cli.server;

import java.util.List;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;

/** Servers as people read them. */
final class ServerText {
    private ServerText() {}

    /** The table of {@code server list}. */
    static String table(List<Json> servers) {
        Table table = new Table("ClusterIP", "ExternalIP", "MustRestart", "Name", "Status", "ID");
        for (Json server : servers) {
            table.row(
                    address(server),
                    "-",
                    server.at("mustRestart").isTrue() ? "True" : "False",
                    server.at("name").shown(),
                    server.at("state").shown(),
                    server.at("id").shown());
        }
        return table.text();
    }

    /** Everything about one server. */
    static String facts(Json server) {
        Facts facts =
                new Facts(0)
                        .add("Name", server.at("name").shown())
                        .add("Namespace", server.at("namespace").shown())
                        .add("ID", server.at("id").shown())
                        .add("State", state(server))
                        .add("PostgreSQL", server.at("version").shown())
                        .add("Address", address(server))
                        .add("Connect with", connect(server))
                        .add("Data directory", server.at("dataDirectory").shown())
                        .add("Must restart", server.at("mustRestart").isTrue() ? "yes" : "no")
                        .add("Earliest restore point", server.at("earliestRestorePoint").shown())
                        .add("Latest restore point", server.at("latestRestorePoint").shown())
                        .add("WAL at risk", atRisk(server));
        for (Json range : server.at("ranges").items()) {
            facts.add("Range on timeline " + range.at("timeline").shown(), range(range));
        }
        for (Json hole : server.at("holes").items()) {
            facts.add("Hole on timeline " + hole.at("timeline").shown(), hole(hole));
        }
        return facts.text();
    }

    private static String address(Json server) {
        return server.at("port").isThere()
                ? server.at("host").asText().orElse("127.0.0.1") + ":" + server.at("port").shown()
                : "-";
    }

    private static String state(Json server) {
        return server.at("state").shown()
                + server.at("reason")
                        .asText()
                        .filter(reason -> !reason.isEmpty())
                        .map(reason -> ": " + reason)
                        .orElse("");
    }

    private static String connect(Json server) {
        return server.at("connectionString")
                .asText()
                .filter(text -> !text.isEmpty())
                .map(text -> "psql \"" + text + "\"")
                .orElse("-");
    }

    private static String atRisk(Json server) {
        if (!server.at("walAtRiskBytes").isThere()) {
            return "-";
        }
        return Words.bytes(server.at("walAtRiskBytes").asNumber().orElse(0L))
                + ", "
                + Words.seconds(server.at("walAtRiskSeconds").asDecimal().orElse(0.0));
    }

    private static String hole(Json hole) {
        return hole.at("fromLsn").shown()
                + " to "
                + hole.at("toLsn").shown()
                + ": "
                + hole.at("cause").shown();
    }

    private static String range(Json range) {
        return range.at("fromTime").shown()
                + " ("
                + range.at("fromLsn").shown()
                + ") to "
                + range.at("toTime").shown()
                + " ("
                + range.at("toLsn").shown()
                + ")";
    }
}
