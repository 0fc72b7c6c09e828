package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.PostgresVersion;

/**
 * Finds PostgreSQL on this machine: in {@code PATH}, where Debian's and the PGDG's packages put it,
 * and where the caller says.
 */
public final class Installations {
    /** {@code postgres --version} answers in milliseconds; a cold disk is allowed for. */
    private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(20);

    private Installations() {}

    /**
     * All installations that can run a server, newest version first. A directory that can't be
     * read, or whose {@code postgres} does not say its version, is passed over.
     *
     * @param extraRoots where else to look: a directory of executables, an installation ({@code
     *     ROOT/bin}), or a folder of installations ({@code ROOT/SOMETHING/bin})
     */
    public static List<Installation> find(List<Path> extraRoots) {
        Set<Path> directories = new LinkedHashSet<>();
        String searchPath = Optional.ofNullable(System.getenv("PATH")).orElse("");
        for (String part : searchPath.split(":", -1)) {
            if (!part.isEmpty()) {
                addIfServer(directories, Path.of(part));
            }
        }
        addFolder(directories, Path.of("/usr/lib/postgresql"), "*");
        addFolder(directories, Path.of("/usr"), "pgsql-*");
        for (Path root : extraRoots) {
            addIfServer(directories, root);
            addIfServer(directories, root.resolve("bin"));
            addFolder(directories, root, "*");
        }
        List<Installation> found = new ArrayList<>();
        for (Path directory : directories) {
            version(directory).ifPresent(it -> found.add(new Installation(directory, it)));
        }
        found.sort(Comparator.comparing(Installation::version).reversed());
        return List.copyOf(found);
    }

    /**
     * The newest installation of a major version; see {@link #find}.
     *
     * @throws Failure NO_BINARIES if there is none
     */
    public static Installation ofMajor(int major, List<Path> extraRoots) {
        return find(extraRoots).stream()
                .filter(each -> each.version().major() == major)
                .findFirst()
                .orElseThrow(() ->
                        new Failure(
                                Code.NO_BINARIES,
                                "PostgreSQL " + major + " is not installed on this machine",
                                "install it (on Debian: apt-get install postgresql-"
                                        + major
                                        + "), or name the directory of its executables"));
    }

    private static void addFolder(Set<Path> directories, Path folder, String pattern) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(folder, pattern)) {
            for (Path each : inside) {
                addIfServer(directories, each.resolve("bin"));
            }
        } catch (IOException | UncheckedIOException | java.nio.file.DirectoryIteratorException e) {
            return; // not ours to read: nothing can be run from there either
        }
    }

    /** Adds the directory in which the executables really are, once. */
    private static void addIfServer(Set<Path> directories, Path directory) {
        Path program = directory.resolve("postgres");
        if (!Files.isExecutable(program) || !Files.isExecutable(directory.resolve("initdb"))) {
            return;
        }
        try {
            // /usr/local/bin may hold nothing but links to programs that live elsewhere
            Path real = program.toRealPath().getParent();
            boolean whole = real != null && Files.isExecutable(real.resolve("initdb"));
            directories.add(whole ? real : directory.toRealPath());
        } catch (IOException e) {
            return; // it vanished while we looked
        }
    }

    private static Optional<PostgresVersion> version(Path directory) {
        try {
            ShortCommand.Result result =
                    ShortCommand.run(
                            List.of(directory.resolve("postgres").toString(), "--version"),
                            VERSION_TIMEOUT);
            return result.exitCode() == 0
                    ? Optional.of(PostgresVersion.parse(result.output()))
                    : Optional.empty();
        } catch (Failure | IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
