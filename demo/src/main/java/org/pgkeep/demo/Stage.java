package org.pgkeep.demo;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The temporary home, and what has to be cleared away after the tour, however it ends. Safe to
 * clear from any thread, once.
 */
final class Stage {
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
     *
     * @throws DemoFailed when the folder can't be removed
     */
    synchronized void clear(Commands commands) {
        if (cleared) {
            return;
        }
        cleared = true;
        if (Files.exists(home.resolve("service.json"))) {
            commands.run("down", "--stop-servers");
        }
        Leftovers.end(home);
        removeHome();
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
