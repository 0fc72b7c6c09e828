package org.pgkeep.cli.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The machine's processes, as {@code /proc} shows them. */
final class Processes {
    private static final long POLL_MILLIS = 20;

    private Processes() {}

    /** Whether the process runs; one that is dead and not yet collected does not. */
    static boolean lives(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            return state != 'Z' && state != 'X';
        } catch (IOException gone) {
            return false;
        }
    }

    /** The words a process was started with; none for one that is gone. */
    static List<String> words(long pid) {
        try {
            return Arrays.asList(
                    Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"))
                            .split("\0", -1));
        } catch (IOException gone) {
            return List.of();
        }
    }

    /** Where a process works; empty for one that is gone. */
    static Optional<Path> workingDirectory(long pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd")));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** All that live. */
    static List<Long> all() {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(Processes::lives)
                .toList();
    }

    /** Sends a signal to one process, or with a leading minus to its group. */
    static void signal(String name, String pid) {
        try {
            Process kill =
                    new ProcessBuilder("bash", "-c", "kill -s " + name + " -- " + pid + " 2>&1")
                            .start();
            kill.getInputStream().readAllBytes();
            kill.waitFor();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    /**
     * Kills one process with signal 9 and waits until it is gone, and nothing of it is left in the
     * table of processes: some machines' first process collects the dead only now and then.
     */
    static void kill(long pid) {
        signal("KILL", Long.toString(pid));
        await(
                "the end of process " + pid,
                Duration.ofSeconds(20),
                () -> !ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
    }

    /** Looks until it is so. */
    static void await(String what, Duration atMost, BooleanSupplier so) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!so.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + atMost + " in vain for: " + what);
            }
            pause(POLL_MILLIS);
        }
    }

    static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    static IllegalStateException interrupted(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted", interrupted);
    }
}
