package org.pgkeep.cli.run;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.cli.terminal.ProgressLine;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code down}: ends the service. */
@Command(
        name = "down",
        header = "End the service.",
        description = {
            "",
            "WAL that was captured is brought into the vault first. The PostgreSQL servers go on"
                    + " running and keep their WAL until the service is up again; with"
                    + " --stop-servers they are stopped cleanly.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep down",
            "  pgkeep down --stop-servers",
            "Next:",
            "  pgkeep up --detach     takes up where it was left"
        })
public final class Down implements Runnable {
    /** A clean stop of a busy PostgreSQL writes a checkpoint first. */
    private static final Duration GONE_WITHIN = Duration.ofMinutes(5);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Face face;

    @Option(names = "--stop-servers", description = "Stop the PostgreSQL servers, too.")
    private boolean stopServers;

    /** The command. */
    public Down(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        List<Json> running =
                service.get("/servers").items().stream()
                        .filter(server -> server.at("state").shown().equals("Running"))
                        .toList();
        service.post("/shutdown?servers=" + (stopServers ? "stop" : "keep"), Json.object(Map.of()));
        waitUntilGone(service.service());
        List<Json> left = stopServers ? List.of() : running;
        face.result(document(left), () -> text(left));
        if (!left.isEmpty()) {
            face.say("Nobody captures their WAL until: " + face.line("up --detach"));
        }
    }

    /** Ends the service if it runs, and leaves the servers running. */
    static void end(Face face) {
        if (ServiceFile.find(face.home()).isEmpty()) {
            return;
        }
        try {
            ServiceClient service = face.service();
            service.post("/shutdown?servers=keep", Json.object(Map.of()));
            new Down(face).waitUntilGone(service.service());
        } catch (Failure failure) {
            if (failure.code() != Code.NO_SERVICE) {
                throw failure;
            }
        }
    }

    private void waitUntilGone(ServiceFile service) {
        Instant until = face.terminal().clock().instant().plus(GONE_WITHIN);
        try (ProgressLine line = new ProgressLine(face.terminal())) {
            while (service.isAlive()) {
                line.show("ending", 0, 0);
                if (face.terminal().clock().instant().isAfter(until)) {
                    throw new Failure(
                            Code.INTERRUPTED,
                            "the service (process " + service.pid() + ") has not ended yet",
                            "see what it does in service.log and service.out in " + face.home());
                }
                face.terminal().pause().sleep(BETWEEN_LOOKS);
            }
        }
    }

    private static Json document(List<Json> left) {
        Map<String, Json> fields = new LinkedHashMap<>();
        fields.put("state", Json.text("stopped"));
        fields.put("serversRunning", new Json.Items(left.stream().map(s -> s.at("name")).toList()));
        return Json.object(fields);
    }

    private static String text(List<Json> left) {
        String names =
                left.stream()
                        .map(s -> s.at("name").shown() + " (port " + s.at("port").shown() + ")")
                        .collect(Collectors.joining(", "));
        return "The service has ended.\n"
                + (left.isEmpty() ? "" : "Still running: " + names + "\n");
    }
}
