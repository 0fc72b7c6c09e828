package org.pgkeep.cli.server;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code server list}. */
@Command(
        name = "list",
        header = "List the servers under pgkeep's care.",
        description = "",
        footer = {
            "",
            "Example:",
            "  pgkeep server list",
            "  pgkeep server list -ns arc -o json",
            "Next:",
            "  pgkeep server show -n pg1     tells everything about one"
        })
public final class ServerList implements Runnable {
    private final Face face;

    @Option(
            names = {"-ns", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Only this namespace's (default: all).")
    private String namespace = "";

    @Option(
            names = "--deleted",
            description = "With those that are deleted and can still be restored by their ID.")
    private boolean deleted;

    /** The command. */
    public ServerList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json servers =
                face.service()
                        .get(
                                "/servers"
                                        + ServiceClient.query(
                                                Map.of(
                                                        "namespace",
                                                        namespace,
                                                        "deleted",
                                                        deleted ? "true" : "")));
        face.result(servers, () -> ServerText.table(servers.items()));
        if (servers.items().isEmpty()) {
            face.say(
                    "There is no server yet; create one with: "
                            + face.line("server create -n pg1 --wait"));
        }
    }
}
