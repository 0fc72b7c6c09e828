package org.pgkeep.cli.run;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Starts the service in a session of its own, so that neither Ctrl-C nor the end of the terminal
 * reaches it, and waits until it answers. What it prints goes to {@code <home>/service.out}.
 */
final class Detached {
    /** A start finds servers again and mends what a crash left; more is a hang. */
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final int REFUSED = 2;

    private final Face face;

    Detached(Face face) {
        this.face = face;
    }

    /** Where the service's output goes. */
    static Path output(Path home) {
        return home.resolve("service.out");
    }

    /**
     * Starts it.
     *
     * @return what it says of itself
     * @throws Failure what the service printed before it ended
     */
    Json start(Optional<Path> passphraseFile, VaultPlaces vault) {
        Path output = output(face.home());
        long before = prepare(output);
        Process process = launch(output, passphraseFile, vault);
        Instant until = face.terminal().clock().instant().plus(READY_WITHIN);
        while (process.isAlive()) {
            Optional<List<String>> notes = notesOfReady(printedSince(output, before));
            if (notes.isPresent() && ServiceFile.find(face.home()).isPresent()) {
                List<Json> texts = notes.get().stream().map(Json::text).toList();
                return face.service().get("/status").with("notes", new Json.Items(texts));
            }
            if (face.terminal().clock().instant().isAfter(until)) {
                throw new Failure(
                        Code.INTERRUPTED,
                        "the service (process "
                                + process.pid()
                                + ") is not ready after "
                                + READY_WITHIN.toSeconds()
                                + " s",
                        "see what it does in " + output);
            }
            waitForEither(process);
        }
        throw childsFailure(output, before, process.exitValue());
    }

    /** Until it has ended, or for a moment in which it may have become ready. */
    private static void waitForEither(Process process) {
        try {
            boolean _ = process.waitFor(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Process launch(Path output, Optional<Path> passphraseFile, VaultPlaces vault) {
        Path launcher =
                face.terminal()
                        .launcher()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "--detach works only through the launcher",
                                        "call ./pgkeep up --detach"));
        List<String> words = new ArrayList<>();
        words.addAll(List.of("setsid", launcher.toString(), "up"));
        words.addAll(List.of("--home", face.home().toString()));
        passphraseFile.ifPresent(file -> words.addAll(List.of("--passphrase-file", file + "")));
        words.addAll(vault.words());
        try {
            ProcessBuilder child = new ProcessBuilder(words);
            child.environment().put(Terminal.ERRORS_VARIABLE, "json");
            return child.redirectInput(new File("/dev/null"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
        } catch (IOException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "can't start " + launcher + ": " + e.getMessage(),
                    "the command setsid (package util-linux) has to be on this machine",
                    e);
        }
    }

    /** Makes the home and the file. The answer is the file's size before the start. */
    private static long prepare(Path output) {
        try {
            Files.createDirectories(output.resolveSibling("."));
            if (!Files.exists(output)) {
                Files.createFile(
                        output,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            return Files.size(output);
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't write " + output + ": " + e,
                    "choose another home with --home, or check the folder's owner",
                    e);
        }
    }

    private static Failure childsFailure(Path output, long before, int exitCode) {
        String message = "";
        String hint = "";
        for (String line : printedSince(output, before)) {
            Optional<Failure> told = asJson(line);
            if (told.isPresent()) {
                return told.get();
            }
            if (line.startsWith("pgkeep: ")) {
                message = line.substring("pgkeep: ".length());
            } else if (line.startsWith("hint: ")) {
                hint = line.substring("hint: ".length());
            }
        }
        return new Failure(
                exitCode == REFUSED ? Code.BAD_ARGUMENT : Code.INTERRUPTED,
                message.isEmpty()
                        ? "the service ended at its start (exit code " + exitCode + ")"
                        : message,
                hint.isEmpty() ? "see what it printed in " + output : hint);
    }

    /** The failure in a line as {@code -o json} prints them: it has a code of its own. */
    private static Optional<Failure> asJson(String line) {
        if (!line.startsWith("{\"error\"")) {
            return Optional.empty();
        }
        try {
            return ServiceClient.failure(
                    Json.parse(line.getBytes(StandardCharsets.UTF_8)).at("error"));
        } catch (IllegalArgumentException cutOff) {
            return Optional.empty();
        }
    }

    /** What was printed before the line that says ready; empty as long as that is missing. */
    private static Optional<List<String>> notesOfReady(List<String> printed) {
        for (int i = 0; i < printed.size(); i++) {
            if (printed.get(i).startsWith(Foreground.READY)) {
                return Optional.of(printed.subList(0, i));
            }
        }
        return Optional.empty();
    }

    private static List<String> printedSince(Path output, long before) {
        try {
            byte[] all = Files.readAllBytes(output);
            int from = (int) Math.min(before, all.length);
            return new String(all, from, all.length - from, StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
