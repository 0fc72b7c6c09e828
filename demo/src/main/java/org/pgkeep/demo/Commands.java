package org.pgkeep.demo;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Types pgkeep's commands: each one is a process of its own, as it is for a user. {@code --home}
 * and {@code -o json} are added behind the scenes.
 */
final class Commands {
    /** 128 and the number of SIGINT. */
    private static final int INTERRUPTED = 130;

    private final Path launcher;
    private final Path home;
    private final Narrator narrator;
    private final Map<String, String> environment = new ConcurrentHashMap<>();
    private final JsonMapper json = JsonMapper.builder().build();

    Commands(Path launcher, Path home, Narrator narrator) {
        this.launcher = launcher;
        this.home = home;
        this.narrator = narrator;
    }

    /**
     * What a command ended with.
     *
     * @param code its exit code
     * @param result what stands on its standard output; a missing node where nothing does
     * @param error what stands on its standard error
     */
    record Ended(int code, JsonNode result, String error) {}

    /** A variable that commands have from now on. */
    void also(String variable, String value) {
        environment.put(variable, value);
    }

    /**
     * Types a command, which everybody sees, and waits for its end.
     *
     * @throws DemoFailed with the command's own words, when it does not end well
     */
    JsonNode type(String... words) {
        narrator.command("pgkeep " + String.join(" ", words));
        return quietly(words);
    }

    /** The same without showing it: for looking at something again and again. */
    JsonNode quietly(String... words) {
        Ended ended = run(words);
        if (ended.code() != 0) {
            throw failed(words, ended);
        }
        return ended.result();
    }

    /** Runs a command, however it ends. */
    Ended run(String... words) {
        List<String> line = new ArrayList<>(List.of(launcher.toString()));
        line.addAll(Arrays.asList(words));
        line.addAll(List.of("--home", home.toString(), "-o", "json"));
        ProcessBuilder builder = new ProcessBuilder(line).redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            CompletableFuture<String> error =
                    CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            String result = text(process.getInputStream());
            int code = process.waitFor();
            return new Ended(code, document(result), error.join());
        } catch (IOException e) {
            throw new DemoFailed("can't start " + launcher + ": " + e.getMessage(), "look there");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw DemoFailed.interrupted();
        }
    }

    /** The failure of a command, in its own words. */
    DemoFailed failed(String[] words, Ended ended) {
        if (ended.code() == INTERRUPTED) {
            return DemoFailed.interrupted();
        }
        JsonNode error = errorOf(ended);
        String said = error.path("message").asString("");
        String hint = error.path("hint").asString("");
        return new DemoFailed(
                "`pgkeep "
                        + String.join(" ", words)
                        + "` ended with exit code "
                        + ended.code()
                        + ": "
                        + (said.isEmpty() ? ended.error().strip() : said),
                hint.isEmpty() ? "run it again with --keep and look at service.log" : hint);
    }

    /** What a failed command says of its failure; a missing node where it said nothing. */
    JsonNode errorOf(Ended ended) {
        return ended.error()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(line -> document(line).path("error"))
                .findFirst()
                .orElseGet(() -> json.missingNode());
    }

    private JsonNode document(String text) {
        try {
            return text.isBlank() ? json.missingNode() : json.readTree(text);
        } catch (JacksonException e) {
            return json.missingNode();
        }
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
