package org.pgkeep.cli.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * One request to the service, one answer. What the service refuses comes back as the {@link
 * Failure} it sent. One thread.
 */
public final class ServiceClient {
    /** On loopback a listener takes a connection at once; longer means that it hangs. */
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);

    /** A restore is planned within its request, and that may read a day of WAL. */
    private static final Duration ANSWER_WITHIN = Duration.ofMinutes(5);

    static {
        // The JDK sends a POST a second time when the connection breaks: that would be two jobs.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final Path home;
    private final ServiceFile service;
    private final Supplier<Failure> notRunning;

    /**
     * A client of the service that runs in this home.
     *
     * @param notRunning the refusal when nothing listens any more: it tells how to start the
     *     service
     */
    public ServiceClient(Path home, ServiceFile service, Supplier<Failure> notRunning) {
        this.home = home;
        this.service = service;
        this.notRunning = notRunning;
    }

    /** Where the service listens, and its process. */
    public ServiceFile service() {
        return service;
    }

    /** Asks. The path begins behind {@code /api/v1}. */
    public Json get(String path) {
        return call("GET", path, null);
    }

    /** Asks for something to be done. */
    public Json post(String path, Json body) {
        return call("POST", path, body);
    }

    /** Asks for something to be taken away. */
    public Json delete(String path) {
        return call("DELETE", path, null);
    }

    /**
     * Writes what the service answers into a file, which is whole or gone when this returns.
     *
     * @throws Failure as it answered; DISK if the file can't be written
     */
    public void download(String path, Path into) {
        try {
            HttpURLConnection connection = connect("GET", path);
            int status = connection.getResponseCode();
            if (status >= 400) {
                throw failure(status, content(connection, status));
            }
            long bytes = connection.getContentLengthLong();
            try (InputStream in = connection.getInputStream()) {
                long written = write(in, into);
                if (written != bytes) {
                    Files.deleteIfExists(into);
                    throw new IOException("it ended after " + written + " of " + bytes + " bytes");
                }
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private static long write(InputStream in, Path into) throws IOException {
        try (OutputStream out = Files.newOutputStream(into)) {
            return in.transferTo(out);
        } catch (FileSystemException e) {
            throw new Failure(
                    Code.DISK,
                    "can't write " + into + ": " + e.getMessage(),
                    "check the folder, its permissions and its room",
                    e);
        }
    }

    /** One part of a path, whatever letters it has. */
    public static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** {@code ?a=1&b=2} of the entries whose value is not empty. */
    public static String query(Map<String, String> parameters) {
        String joined =
                parameters.entrySet().stream()
                        .filter(entry -> !entry.getValue().isEmpty())
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> entry.getKey() + "=" + part(entry.getValue()))
                        .collect(Collectors.joining("&"));
        return joined.isEmpty() ? "" : "?" + joined;
    }

    private Json call(String method, String path, @Nullable Json body) {
        try {
            return exchange(method, path, body);
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private Failure broken(IOException e) {
        return switch (e) {
            case ConnectException _ -> notRunning.get();
            case SocketTimeoutException _ ->
                    new Failure(
                            Code.INTERRUPTED,
                            "the service (process " + service.pid() + ") does not answer",
                            "look at its output in " + home.resolve("service.out"),
                            e);
            default ->
                    new Failure(
                            Code.INTERRUPTED,
                            "the connection to the service broke: " + e.getMessage(),
                            "see whether it still runs with: pgkeep status",
                            e);
        };
    }

    private Json exchange(String method, String path, @Nullable Json body) throws IOException {
        HttpURLConnection connection = connect(method, path);
        connection.setRequestProperty("Accept", "application/json");
        if (body != null) {
            byte[] bytes = body.line().getBytes(StandardCharsets.UTF_8);
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setFixedLengthStreamingMode(bytes.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(bytes);
            }
        }
        int status = connection.getResponseCode();
        byte[] answer = content(connection, status);
        if (status >= 400) {
            throw failure(status, answer);
        }
        return answer.length == 0 ? Json.nothing() : document(status, answer);
    }

    private HttpURLConnection connect(String method, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + service.port() + "/api/v1" + path);
        HttpURLConnection connection =
                (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(Math.toIntExact(CONNECT_WITHIN.toMillis()));
        connection.setReadTimeout(Math.toIntExact(ANSWER_WITHIN.toMillis()));
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + service.token());
        return connection;
    }

    private static byte[] content(HttpURLConnection connection, int status) throws IOException {
        try (InputStream in =
                status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private static Json document(int status, byte[] answer) {
        try {
            return Json.parse(answer);
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.NO_SERVICE,
                    "what answers on the service's port is not pgkeep (HTTP " + status + ")",
                    "end it with pgkeep down, and start it with: pgkeep up --detach",
                    e);
        }
    }

    private static Failure failure(int status, byte[] answer) {
        Json error = document(status, answer).at("error");
        return failure(error)
                .orElseGet(() ->
                        new Failure(
                                Code.INTERRUPTED,
                                "the service failed to answer (HTTP " + status + ")",
                                "its log says more: server.log or service.out in its home"));
    }

    /** The failure that an error document tells of; empty where the document is none. */
    public static Optional<Failure> failure(Json error) {
        if (!error.at("message").isThere()) {
            return Optional.empty();
        }
        return Optional.of(
                new Failure(
                        code(error),
                        error.at("message").asText().orElse(""),
                        error.at("hint").asText().orElse("see: pgkeep --help")));
    }

    /** The code that was sent; for one that only a newer service knows, one of the same kind. */
    private static Code code(Json error) {
        String sent =
                error.at("code").asText().orElse("").toUpperCase(Locale.ROOT).replace('-', '_');
        for (Code code : Code.values()) {
            if (code.name().equals(sent)) {
                return code;
            }
        }
        return switch (error.at("kind").asText().orElse("")) {
            case "refused" -> Code.BAD_ARGUMENT;
            case "damaged" -> Code.DAMAGED_OBJECT;
            default -> Code.INTERRUPTED;
        };
    }
}
