package org.pgkeep.service;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.home.Home;
import org.pgkeep.service.home.ServiceFile;
import org.pgkeep.service.home.VaultWish;
import org.pgkeep.vault.VaultKey;
import tools.jackson.databind.JsonNode;

/** A home of its own with a service in it that is asked over HTTP; all of it goes at the end. */
final class TestHome implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final HttpClient http = HttpClient.newHttpClient();
    private Optional<String> passphrase = Optional.empty();
    private Optional<Path> vault = Optional.empty();
    private List<Path> binaries = List.of();
    private @Nullable Service service;

    TestHome() {
        try {
            // below /tmp and open to walk through, because the servers run as another user
            folder = Files.createTempDirectory("pgkeep-service");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path folder() {
        return folder;
    }

    Path path() {
        return folder.resolve("home");
    }

    TestHome passphrase(@Nullable String words) {
        passphrase = Optional.ofNullable(words);
        return this;
    }

    TestHome vault(Path place) {
        vault = Optional.of(place);
        return this;
    }

    TestHome binaries(Path bin) {
        binaries = List.of(bin);
        return this;
    }

    ServiceOptions options() {
        return new ServiceOptions(
                path(),
                0,
                passphrase.map(words -> new VaultKey.Passphrase(words.toCharArray())),
                vault,
                binaries,
                System.getProperty("user.name"),
                Path.of("/tmp"),
                false);
    }

    Service start() {
        Service started = Service.start(options());
        service = started;
        return started;
    }

    Service start(VaultWish wish) {
        Service started = Service.start(options(), wish);
        service = started;
        return started;
    }

    void stop() {
        Service running = service;
        if (running != null) {
            running.close();
            service = null;
        }
    }

    ServiceFile serviceFile() {
        return ServiceFile.read(new Home(path())).orElseThrow();
    }

    /**
     * An answer.
     *
     * @param status HTTP's
     * @param json its body
     */
    record Answer(int status, JsonNode json) {
        String error() {
            return json.path("error").path("code").asString("");
        }

        String message() {
            return json.path("error").path("message").asString("");
        }

        String hint() {
            return json.path("error").path("hint").asString("");
        }

        JsonNode ok() {
            if (status >= 300) {
                throw new AssertionError(status + " " + json);
            }
            return json;
        }
    }

    Answer get(String path) {
        return send("GET", path, "", "Bearer " + serviceFile().token());
    }

    Answer post(String path, String body) {
        return send("POST", path, body.replace('\'', '"'), "Bearer " + serviceFile().token());
    }

    Answer delete(String path) {
        return send("DELETE", path, "", "Bearer " + serviceFile().token());
    }

    Answer send(String method, String path, String body, String authorization) {
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + serviceFile().port()
                                                + "/api/v1"
                                                + path))
                        .header("Authorization", authorization)
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), Json.read(response.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for the end of a job, and gives the job. */
    JsonNode ended(Answer accepted) {
        String id = accepted.ok().path("id").asString();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            JsonNode job = get("/jobs/" + id).ok();
            String state = job.path("state").asString();
            if (!state.equals("Pending") && !state.equals("Running")) {
                return job;
            }
            pause();
        }
        throw new AssertionError("no end of job " + get("/jobs/" + id).json());
    }

    /** Waits for the good end of a job, and gives its final document. */
    JsonNode done(Answer accepted) {
        JsonNode job = ended(accepted);
        if (!job.path("state").asString().equals("Succeeded")) {
            throw new AssertionError(job.toPrettyString());
        }
        return job.path("result");
    }

    static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the service and its servers, and removes everything. */
    @Override
    public void close() {
        Service running = service;
        if (running != null) {
            post("/shutdown?servers=stop", "").ok();
            try {
                running.awaitEnd();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
