package org.pgkeep.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.pgkeep.cli.rest.Json;

/** A real HTTP server on loopback that speaks the service's contract with recorded documents. */
final class FakeService implements AutoCloseable {
    static final String SERVER =
            """
            {"id":"6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11","name":"pg1","namespace":"default",
             "state":"Running","reason":"","version":"15.18","host":"127.0.0.1","port":5433,
             "connectionString":"postgresql://postgres@%2Frun%2Fpgkeep:5433/postgres",
             "dataDirectory":"/var/lib/pgkeep/servers/6a0c1d9e/data","mustRestart":false,
             "earliestRestorePoint":"2026-11-20T08:00:00Z",
             "latestRestorePoint":"2026-11-21T08:00:00.123456Z",
             "walAtRiskSeconds":0.4,"walAtRiskBytes":8192,
             "ranges":[{"timeline":1,"fromTime":"2026-11-20T08:00:00Z","fromLsn":"0/2000100",
                        "toTime":"2026-11-21T08:00:00.123456Z","toLsn":"0/5000028"}]}\
            """;
    static final String BACKUP =
            """
            {"id":"11111111-5a57-4b1e-9b0a-0d5a2d8f6c11","name":"test","state":"Succeeded",
             "tiers":[1],"timestamp":"2026-11-20T08:00:00Z","sizeBytes":50331648,
             "storedBytes":4194304,"pinned":false,"reason":""}\
            """;
    static final String PLAN =
            """
            {"source":"pg1","targetTime":"2026-11-21T07:00:00Z",
             "targetLocalTime":"2026-11-21T08:00:00+01:00","targetLsn":"0/4FFFFF0","timeline":1,
             "snapshot":{"id":"11111111-5a57-4b1e-9b0a-0d5a2d8f6c11","name":"test",
                         "timestamp":"2026-11-20T08:00:00Z"},
             "walBytes":33554432,"dataBytes":50331648,
             "lastCommit":{"time":"2026-11-21T06:59:59.9Z","xid":811,"lsn":"0/4FFFF00"},
             "estimateSeconds":4.2,"reset":["firewall"],"kept":["roles"]}\
            """;
    static final String ERROR =
            """
            {"error":{"code":"unknown-server","kind":"refused","message":"there is no server \\"x\\"",
             "hint":"list them with: pgkeep server list"}}\
            """;

    private final HttpServer http;
    private final Path home;
    private final Map<String, Deque<Answer>> answers = new ConcurrentHashMap<>();
    private final Map<String, Runnable> deeds = new ConcurrentHashMap<>();
    private final List<Request> requests = new ArrayList<>();

    /** What came in. */
    record Request(String method, String path, Json body, String authorization) {
        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private record Answer(int status, String body) {}

    FakeService(Path home) {
        this.home = home;
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.createContext("/api/v1", this::handle);
            http.start();
            Files.writeString(
                    home.resolve("service.json"),
                    "{\"pid\":"
                            + ProcessHandle.current().pid()
                            + ",\"port\":"
                            + http.getAddress().getPort()
                            + ",\"token\":\"secret\"}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path home() {
        return home;
    }

    /** Answers 200 to that method and path; the last answer stays, earlier ones are given once. */
    FakeService answer(String request, String body) {
        return answer(request, 200, body);
    }

    FakeService answer(String request, int status, String body) {
        answers.computeIfAbsent(request, _ -> new ArrayDeque<>()).add(new Answer(status, body));
        return this;
    }

    /** Does something before it answers. */
    void whenAsked(String request, Runnable deed) {
        deeds.put(request, deed);
    }

    synchronized List<Request> requests() {
        return List.copyOf(requests);
    }

    Request lastPost() {
        return requests().stream()
                .filter(request -> request.method().equals("POST"))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    /** A job document. */
    static String job(String kind, String state, String more) {
        return "{\"id\":\"j1\",\"kind\":\"%s\",\"state\":\"%s\",\"server\":\"pg1\",\"name\":\"test\"%s}"
                .formatted(kind, state, more.isEmpty() ? "" : "," + more);
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String path = exchange.getRequestURI().toString().substring("/api/v1".length());
        requests.add(
                new Request(
                        exchange.getRequestMethod(),
                        path,
                        body.length == 0 ? Json.nothing() : Json.parse(body),
                        String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))));
        deeds.getOrDefault(exchange.getRequestMethod() + " " + path, () -> {}).run();
        Deque<Answer> known =
                answers.getOrDefault(exchange.getRequestMethod() + " " + path, new ArrayDeque<>());
        Answer answer =
                known.isEmpty()
                        ? new Answer(404, ERROR)
                        : known.size() == 1 ? known.getFirst() : known.removeFirst();
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        http.stop(0);
    }
}
