package org.pgkeep.demo;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The temporary home, and what has to be cleared away after the tour, however it ends. Safe to
 * clear from any thread, once.
 */
final class Stage {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Path home;
    private boolean cleared;

    private Stage(Path home) {
        this.home = home;
    }

    /** Makes the home, under a name short enough to be typed. */
    static Stage build() {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        SecureRandom random = new SecureRandom();
        while (true) {
            Path home = folder.resolve("pgkeep-demo-" + (1000 + random.nextInt(9000)));
            try {
                return new Stage(
                        Files.createDirectory(
                                home,
                                PosixFilePermissions.asFileAttribute(
                                        PosixFilePermissions.fromString("rwx------"))));
            } catch (FileAlreadyExistsException e) {
                // the next number is free
            } catch (IOException e) {
                throw new DemoFailed(
                        "can't make a temporary folder in " + folder + ": " + e.getMessage(),
                        "check its owner, permissions and free space");
            }
        }
    }

    /** The home. */
    Path home() {
        return home;
    }

    /**
     * Stops servers and service by pgkeep's own command; what is left after that, by process id.
     * Then the folder goes.
     */
    synchronized void clear(Commands commands) {
        if (cleared) {
            return;
        }
        cleared = true;
        if (Files.exists(home.resolve("service.json"))) {
            commands.run("down", "--stop-servers");
        }
        postmasters().forEach(Stage::stop);
        removeHome();
    }

    /** The main processes of the servers in this home that still run. */
    private List<ProcessHandle> postmasters() {
        Path servers = home.resolve("servers");
        if (!Files.isDirectory(servers)) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(servers)) {
            return folders.map(folder -> folder.resolve("data"))
                    .flatMap(data -> postmaster(data).stream())
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Asked of the machine, too: the number in the file may belong to somebody else by now. */
    private static Optional<ProcessHandle> postmaster(Path data) {
        try {
            List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
            long pid = Long.parseLong(lines.getFirst().strip());
            String words = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
            return words.contains(data.toString()) ? ProcessHandle.of(pid) : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static void stop(ProcessHandle postmaster) {
        try {
            // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for the clients.
            new ProcessBuilder("kill", "-INT", Long.toString(postmaster.pid())).start().waitFor();
            postmaster.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (IOException | TimeoutException | java.util.concurrent.ExecutionException e) {
            postmaster.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void removeHome() {
        try (Stream<Path> tree = Files.walk(home)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            // Somebody else was faster: it is gone, which is all that is wanted.
        } catch (IOException e) {
            throw new DemoFailed(
                    "can't remove " + home + ": " + e.getMessage(), "remove it by hand");
        }
    }
}
