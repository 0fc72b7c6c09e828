package org.pgkeep.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.cli.terminal.Terminal;

/**
 * Runs the usual commands once against a service that is none, with nobody looking. The launcher
 * starts it after a build while the JVM records which classes were loaded and linked: the next
 * command finds them ready in the AOT cache.
 */
final class Rehearsal {
    private static final List<String> LINES =
            List.of(
                    "--help",
                    "--version",
                    "status",
                    "status -o json",
                    "server list",
                    "server list -o json",
                    "server create -n pg1 --version 15 --port 5433",
                    "server show -n pg1",
                    "server restore -n pg2 -f pg1 --before 812 --wait",
                    "backup take -n pg1 --wait -o json",
                    "backup list -n pg1",
                    "moments -n pg1 --drops",
                    "job list",
                    "server lst",
                    "postgres server update -n pg1");

    /** Enough of every document for each command to come to its end. */
    private static final String ANSWER =
            """
            {"id":"a","name":"pg1","state":"Succeeded","port":5432,"walAtRiskBytes":4096,
             "walAtRiskSeconds":0.4,"mustRestart":false,"ranges":[{"timeline":1}],
             "plan":{"targetTime":"2026-01-01T00:00:00Z","dataBytes":1,"walBytes":2,
                     "estimateSeconds":1.5,"reset":["firewall"]}}
            """;

    private Rehearsal() {}

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        Path home = Files.createTempDirectory("pgkeep-rehearsal-");
        Path serviceFile = home.resolve("service.json");
        try (ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread service = new Thread(() -> answerAll(listener), "rehearsal-service");
            service.setDaemon(true);
            service.start();
            Files.writeString(
                    serviceFile,
                    "{\"pid\":%d,\"port\":%d,\"token\":\"none\"}"
                            .formatted(ProcessHandle.current().pid(), listener.getLocalPort()));
            Terminal terminal = nobodyLooking(home);
            for (String line : LINES) {
                Main.run(List.of(line.split(" ")), terminal);
            }
        } finally {
            Files.deleteIfExists(serviceFile);
            Files.delete(home);
        }
    }

    private static Terminal nobodyLooking(Path home) {
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        // made as in earnest, so that what that loads is recorded, too
        Terminal real = Terminal.ofThisProcess();
        Map<String, String> environment = new HashMap<>(real.environment());
        environment.put("PGKEEP_HOME", home.toString());
        return new Terminal(
                nowhere,
                nowhere,
                true,
                environment,
                real.user(),
                real.userHome(),
                Optional.empty(),
                real.zone(),
                real.clock(),
                _ -> {});
    }

    private static void answerAll(ServerSocket listener) {
        while (!listener.isClosed()) {
            try (Socket client = listener.accept()) {
                answer(client);
            } catch (IOException ended) {
                // The rehearsal is over, or a client left: either way the next one is waited for.
            }
        }
    }

    private static void answer(Socket client) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        String line = in.readLine();
        boolean many =
                line != null && line.matches("GET \\S*(servers|backups|moments|jobs)(\\?.*)? .*");
        int body = 0;
        while (line != null && !line.isEmpty()) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                body = Integer.parseInt(line.substring(15).strip());
            }
            line = in.readLine();
        }
        for (int i = 0; i < body; i++) {
            in.read();
        }
        byte[] bytes = (many ? "[" + ANSWER + "]" : ANSWER).getBytes(StandardCharsets.UTF_8);
        OutputStream out = client.getOutputStream();
        out.write(
                ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                + bytes.length
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.flush();
    }
}
