package org.pgkeep.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Starts programs, sends signals, and tells the living from the dead. */
final class Processes {
    private Processes() {}

    /**
     * A builder whose program sees none of the caller's PostgreSQL settings, and speaks English.
     */
    static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("TZ", "UTC");
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        return builder;
    }

    /** Runs a program to its end and returns all it printed; throws when it failed. */
    static String run(List<String> command) {
        try {
            Process process = builder(command).start();
            String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
            int code = waitFor(process);
            if (code != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + " ended with " + code + ":\n" + printed);
            }
            return printed;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Sends a signal, such as {@code KILL}, to processes that may be gone already. */
    static void signal(String name, List<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        // the shell's own kill: not every machine has the program
        StringBuilder line = new StringBuilder();
        pids.forEach(pid -> line.append("kill -").append(name).append(' ').append(pid).append(';'));
        run(List.of("sh", "-c", "{ " + line + " } 2>/dev/null; true"));
    }

    /** Whether the process runs; one that is dead but not yet collected by its parent does not. */
    static boolean lives(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state != 'Z' && state != 'X';
        } catch (IOException gone) {
            return false;
        }
    }

    static int waitFor(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a program", interrupted);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting", interrupted);
        }
    }
}
