package org.pgkeep.cli.history;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code ranges}. */
@Command(
        name = "ranges",
        header = "List the unbroken stretches of time a server can go back to.",
        description = {
            "",
            "Any moment inside a range can be restored. Between two ranges of one timeline is a hole:"
                    + " WAL that never reached the vault, or that recovery can't go through. A"
                    + " server that was set back, or promoted elsewhere, has ranges for each way it"
                    + " went, the one it is on last.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep ranges -n pg1",
            "Next:",
            "  pgkeep server restore -n pg1-then -f pg1 -t MOMENT --plan"
        })
public final class Ranges implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    /** The command. */
    public Ranges(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json ranges = face.service().get(server.path("/ranges"));
        face.result(ranges, () -> table(ranges));
        for (Json hole : face.service().get(server.path("")).at("holes").items()) {
            face.say(
                    "hole: timeline "
                            + hole.at("timeline").shown()
                            + " from "
                            + hole.at("fromLsn").shown()
                            + " to "
                            + hole.at("toLsn").shown()
                            + ": "
                            + hole.at("cause").shown());
        }
    }

    private static String table(Json ranges) {
        Table table = new Table("Timeline", "From", "FromLSN", "To", "ToLSN");
        for (Json range : ranges.items()) {
            table.row(
                    range.at("timeline").shown(),
                    range.at("fromTime").shown(),
                    range.at("fromLsn").shown(),
                    range.at("toTime").shown(),
                    range.at("toLsn").shown());
        }
        return table.text();
    }
}
