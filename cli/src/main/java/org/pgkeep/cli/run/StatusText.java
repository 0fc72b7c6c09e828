package org.pgkeep.cli.run;

import java.util.stream.Collectors;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;

/** The service as people read it. */
final class StatusText {
    private StatusText() {}

    static String facts(Json status) {
        String servers =
                status.at("servers").items().stream()
                        .map(Json::shown)
                        .collect(Collectors.joining(", "));
        return new Facts(0)
                .add("State", status.at("state").shown())
                .add("Process", status.at("pid").shown())
                .add("Version", status.at("version").shown())
                .add("Home", status.at("home").shown())
                .add("Vault", status.at("vault").at("path").shown())
                .add("Running since", status.at("startedAt").shown())
                .add("Servers", servers.isEmpty() ? "none" : servers)
                .text();
    }
}
