package org.pgkeep.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The processes that work in the demo's home, found by their command lines: the home's name is
 * nobody else's. There are none after a clean end; after Ctrl-C a service may be just starting, an
 * {@code initdb} at work.
 */
final class Leftovers {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Leftovers() {}

    /** Ends them all, each by its own process id, and waits until they are gone. */
    static void end(Path home) {
        List<Found> found = in(home);
        found.forEach(Leftovers::ask);
        found.forEach(Leftovers::await);
    }

    private record Found(ProcessHandle process, String program) {}

    private static List<Found> in(Path home) {
        List<Found> found = new ArrayList<>();
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                List<String> words = commandLine(process);
                if (words.stream().anyMatch(word -> isIn(home, word))) {
                    long pid = Long.parseLong(process.getFileName().toString());
                    ProcessHandle.of(pid)
                            .ifPresent(handle -> found.add(new Found(handle, words.getFirst())));
                }
            }
        } catch (IOException e) {
            throw new DemoFailed("can't look for processes: " + e.getMessage(), "look in /proc");
        }
        return found;
    }

    private static List<String> commandLine(Path process) {
        try {
            byte[] bytes = Files.readAllBytes(process.resolve("cmdline"));
            return List.of(new String(bytes, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException gone) {
            return List.of();
        }
    }

    private static boolean isIn(Path home, String word) {
        return word.equals(home.toString()) || word.startsWith(home + "/");
    }

    /** SIGINT is PostgreSQL's fast shutdown, its SIGTERM waits for clients; others take SIGTERM. */
    private static void ask(Found found) {
        if (!found.program().endsWith("/postgres")) {
            found.process().destroy();
            return;
        }
        try {
            new ProcessBuilder("kill", "-INT", Long.toString(found.process().pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            found.process().destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(Found found) {
        try {
            found.process().onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            found.process().destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
