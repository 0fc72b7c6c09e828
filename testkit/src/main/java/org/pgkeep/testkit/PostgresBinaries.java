package org.pgkeep.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One installation of PostgreSQL's programs that a test or the demo may run.
 *
 * <p>Two sources: what Debian's packages left under {@code /usr/lib/postgresql}, with all client
 * programs, and the embedded builds of 13 to 18, which hold only {@code initdb}, {@code pg_ctl} and
 * {@code postgres} and have neither lz4 nor zstd. Embedded builds are unpacked on first use, so
 * asking for one major version costs only that one; {@link EmbeddedBinaries} says where they lie.
 *
 * @param bin the folder of the programs, readable by every user of the machine
 * @param major the major version, 13 or higher
 * @param version the version as PostgreSQL writes it, such as {@code 15.18}
 */
public record PostgresBinaries(Path bin, int major, String version) {
    /** The oldest major version that pgkeep serves. */
    public static final int OLDEST_MAJOR = 13;

    private static final Path DEBIAN_ROOT = Path.of("/usr/lib/postgresql");
    private static final Pattern VERSION_LINE =
            Pattern.compile("\\(PostgreSQL\\) ((\\d+)[^ ]*)", Pattern.MULTILINE);

    /** Refuses a version that pgkeep does not serve. */
    public PostgresBinaries {
        if (major < OLDEST_MAJOR) {
            throw new IllegalArgumentException("major version " + major);
        }
    }

    /**
     * One installation for each major version that this machine can run, oldest first; unpacks
     * every embedded build that was not unpacked yet.
     *
     * @throws PostgresNotFound when there is none at all
     */
    public static List<PostgresBinaries> all() {
        return majors().stream().map(PostgresBinaries::of).toList();
    }

    /**
     * The newest major version there is.
     *
     * @throws PostgresNotFound when there is none at all
     */
    public static PostgresBinaries newest() {
        return of(majors().getLast());
    }

    /**
     * The installation of one major version: the machine's own where there is one, because it
     * brings the client programs, else the embedded one.
     *
     * @throws PostgresNotFound when there is neither; the message names the places looked at
     */
    public static PostgresBinaries of(int major) {
        return installed().stream()
                .filter(binaries -> binaries.major() == major)
                .findFirst()
                .orElseGet(() -> embedded(major));
    }

    /**
     * The embedded build of one major version, even where the machine has its own.
     *
     * @throws PostgresNotFound when there is none
     */
    public static PostgresBinaries embedded(int major) {
        return EmbeddedBinaries.find()
                .newest(major)
                .map(EmbeddedBinaries.Archive::unpacked)
                .orElseThrow(() ->
                        new PostgresNotFound(
                                "PostgreSQL "
                                        + major
                                        + " is neither under "
                                        + DEBIAN_ROOT
                                        + " nor among the embedded ones ("
                                        + EmbeddedBinaries.find().describe()
                                        + ")"));
    }

    /**
     * Three versions that a quick suite runs on: the oldest served, one that has the client
     * programs if the machine has such a one (else 15), and the newest.
     *
     * @throws PostgresNotFound when one of them is missing
     */
    public static List<PostgresBinaries> rotating() {
        PostgresBinaries middle =
                installed().stream()
                        .filter(PostgresBinaries::hasClientPrograms)
                        .findFirst()
                        .orElseGet(() -> of(15));
        return List.of(of(OLDEST_MAJOR), middle, newest()).stream().distinct().toList();
    }

    /** Whether {@code psql}, {@code pg_waldump}, {@code pg_verifybackup} and the like are there. */
    public boolean hasClientPrograms() {
        return Files.isExecutable(bin.resolve("psql"))
                && Files.isExecutable(bin.resolve("pg_waldump"));
    }

    /**
     * The path of one program of this installation.
     *
     * @throws PostgresNotFound when this installation lacks it (embedded ones have three programs)
     */
    public Path program(String name) {
        Path program = bin.resolve(name);
        if (!Files.isExecutable(program)) {
            throw new PostgresNotFound("PostgreSQL " + version + " in " + bin + " has no " + name);
        }
        return program;
    }

    /** The version and the folder, as a parameterised test's name shows it. */
    @Override
    public String toString() {
        return "PostgreSQL " + version;
    }

    private static TreeSet<Integer> majors() {
        TreeSet<Integer> majors = new TreeSet<>(EmbeddedBinaries.find().majors());
        installed().forEach(binaries -> majors.add(binaries.major()));
        if (majors.isEmpty()) {
            throw new PostgresNotFound(
                    "no PostgreSQL under "
                            + DEBIAN_ROOT
                            + " and none embedded ("
                            + EmbeddedBinaries.find().describe()
                            + ")");
        }
        return majors;
    }

    /** What Debian's packages installed, newest first. */
    private static List<PostgresBinaries> installed() {
        return Installed.FOUND;
    }

    /** Asked once per process: each answer costs one start of {@code postgres --version}. */
    private static final class Installed {
        static final List<PostgresBinaries> FOUND = look();

        private static List<PostgresBinaries> look() {
            List<PostgresBinaries> found = new ArrayList<>();
            if (Files.isDirectory(DEBIAN_ROOT)) {
                try (DirectoryStream<Path> versions = Files.newDirectoryStream(DEBIAN_ROOT)) {
                    for (Path folder : versions) {
                        Path bin = folder.resolve("bin");
                        if (Files.isExecutable(bin.resolve("postgres"))
                                && Files.isExecutable(bin.resolve("initdb"))) {
                            found.add(ask(bin));
                        }
                    }
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            }
            found.removeIf(binaries -> binaries.major() < OLDEST_MAJOR);
            found.sort(Comparator.comparingInt(PostgresBinaries::major).reversed());
            return List.copyOf(found);
        }

        private static PostgresBinaries ask(Path bin) {
            String answer = Processes.run(List.of(bin.resolve("postgres").toString(), "--version"));
            Matcher line = VERSION_LINE.matcher(answer);
            if (!line.find()) {
                throw new PostgresNotFound(bin + "/postgres --version says: " + answer);
            }
            return new PostgresBinaries(bin, Integer.parseInt(line.group(2)), line.group(1));
        }
    }
}
