package org.pgkeep.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;

/**
 * The operating system's user that servers run as: PostgreSQL refuses to run as root, so root hands
 * over to {@code postgres}, {@code pgkeep} or {@code nobody}; anybody else runs them himself.
 */
sealed interface ServerUser {
    /** We are not root. */
    record Ourselves() implements ServerUser {}

    /** We are root; {@code group} is the user's primary group, as a number. */
    record Another(String name, String group) implements ServerUser {}

    static ServerUser choose() {
        return Chosen.USER;
    }

    /** The command as this user runs it; the process keeps its pid (setpriv executes in place). */
    default List<String> command(List<String> command) {
        return switch (this) {
            case Ourselves() -> command;
            case Another(String name, String group) -> {
                List<String> prefixed =
                        new ArrayList<>(
                                List.of(
                                        "setpriv",
                                        "--reuid=" + name,
                                        "--regid=" + group,
                                        "--init-groups"));
                prefixed.addAll(command);
                yield prefixed;
            }
        };
    }

    /** Makes a folder or file this user's own. */
    default void own(Path path) throws IOException {
        if (this instanceof Another(String name, String group)) {
            Files.setOwner(
                    path,
                    path.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByName(name));
            Files.setAttribute(path, "unix:gid", Integer.parseInt(group));
        }
    }

    /** Asked once per process. */
    final class Chosen {
        private static final ServerUser USER = look();

        private Chosen() {}

        private static ServerUser look() {
            try {
                if (!Integer.valueOf(0)
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                    return new Ourselves();
                }
                for (String name : List.of("postgres", "pgkeep", "nobody")) {
                    if (exists(name)) {
                        return new Another(name, Processes.run(List.of("id", "-g", name)).strip());
                    }
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
            throw new PostgresNotFound(
                    "PostgreSQL does not run as root, and this machine has neither a user postgres"
                            + " nor pgkeep nor nobody");
        }

        private static boolean exists(String name) throws IOException {
            try {
                Path.of("/")
                        .getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(name);
                return true;
            } catch (UserPrincipalNotFoundException absent) {
                return false;
            }
        }
    }
}
