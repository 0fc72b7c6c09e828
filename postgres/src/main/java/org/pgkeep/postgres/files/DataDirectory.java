package org.pgkeep.postgres.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.files.RelationPart.Fork;

/**
 * Lists what a backup takes from a data directory.
 *
 * <p>What is left out of PostgreSQL's own folders is what BASE_BACKUP leaves out (excludeFiles,
 * excludeDirContents and sendDir in basebackup.c, 13 to 18): contents of folders that a start
 * clears, relation cache files, temporary files and relations, unlogged relations except their init
 * forks, all WAL. In folders that are not PostgreSQL's nothing is left out, and symbolic links come
 * back as links; BASE_BACKUP drops those. Sockets, pipes and devices are passed over, as there.
 */
public final class DataDirectory {
    /** Folders whose contents a start clears or rebuilds (excludeDirContents). */
    private static final Set<String> EMPTIED =
            Set.of(
                    "pg_dynshmem",
                    "pg_notify",
                    "pg_replslot",
                    "pg_serial",
                    "pg_snapshots",
                    "pg_stat_tmp",
                    "pg_subtrans");

    /** PostgreSQL's other folders, taken whole; a link in their place is followed. */
    private static final Set<String> WHOLE =
            Set.of(
                    "pg_commit_ts",
                    "pg_logical",
                    "pg_multixact",
                    "pg_stat",
                    "pg_twophase",
                    "pg_xact");

    /** Files that are left out wherever PostgreSQL may put them (excludeFiles). */
    private static final Set<String> LEFT_OUT =
            Set.of(
                    "postgresql.auto.conf.tmp",
                    "current_logfiles.tmp",
                    "backup_label",
                    "tablespace_map",
                    "backup_manifest",
                    "postmaster.pid",
                    "postmaster.opts");

    private static final String RELATION_CACHE_PREFIX = "pg_internal.init";
    private static final String TEMPORARY_PREFIX = "pgsql_tmp";
    private static final Pattern OBJECT_ID = Pattern.compile("[1-9]\\d{0,9}");
    private static final int FIRST_MAJOR_WITH_WAL_SUMMARIES = 17;

    /** Whose a folder is, and so what is taken from it. */
    private sealed interface Area {
        /** Not PostgreSQL's: everything as it is. */
        record Foreign() implements Area {}

        /** The data directory itself. */
        record Root() implements Area {}

        /** One of PostgreSQL's that holds no relations. */
        record Whole() implements Area {}

        /** {@code base}, or a tablespace's folder of one version: a folder per database. */
        record Databases(int tablespace) implements Area {}

        /** Relation files. */
        record Relations(RelationNames names) implements Area {}

        /** {@code pg_tblspc}. */
        record Tablespaces() implements Area {}
    }

    private final int major;
    private final String tablespaceFolder;
    private final Set<Path> tablespacePlaces;
    private final List<DataFile> found = new ArrayList<>();

    private DataDirectory(Path root, int major, int catalogVersion) {
        this.major = major;
        this.tablespaceFolder = "PG_" + major + "_" + Integer.toUnsignedString(catalogVersion);
        this.tablespacePlaces = tablespacePlaces(root.resolve("pg_tblspc"));
    }

    /**
     * Everything a backup takes, parents before children, in an order that depends on names alone.
     * The data directory itself comes first, with the empty path.
     *
     * @param root the data directory
     * @throws Failure DISK if something can't be read or a tablespace's place is not there;
     *     DAMAGED_DATA if it is not a data directory. What vanishes while it is being listed is
     *     left out silently.
     */
    public static List<DataFile> list(Path root) {
        Path absolute = root.toAbsolutePath().normalize();
        ControlFile control = ControlFile.read(absolute.resolve("global/pg_control"));
        DataDirectory directory =
                new DataDirectory(absolute, major(absolute), control.catalogVersion());
        directory.entry(absolute, "", new Area.Root());
        return List.copyOf(directory.found);
    }

    private static int major(Path root) {
        Path file = root.resolve("PG_VERSION");
        try {
            return PostgresVersion.parse(Files.readString(file)).major();
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        } catch (IllegalArgumentException noVersion) {
            throw new Failure(
                    Code.DAMAGED_DATA,
                    file + " holds no version",
                    "check that this is a PostgreSQL data directory",
                    noVersion);
        }
    }

    /** One thing of the area {@code area}, or that area's folder itself, and all below it. */
    private void entry(Path file, String path, Area area) {
        Optional<PosixFileAttributes> own = attributes(file, LinkOption.NOFOLLOW_LINKS);
        if (own.isEmpty()) {
            return;
        }
        PosixFileAttributes attributes = own.get();
        if (attributes.isSymbolicLink()) {
            boolean follow = !(area instanceof Area.Foreign);
            Optional<PosixFileAttributes> target = follow ? attributes(file) : Optional.empty();
            if (target.isEmpty()) {
                link(file, path);
                return;
            }
            attributes = target.get();
        }
        if (attributes.isDirectory()) {
            found.add(new DataFile.Directory(path, mode(attributes), modified(attributes)));
            folder(file, path, area);
        } else if (attributes.isRegularFile()) {
            regular(file, path, attributes, new DataFile.Other());
        }
    }

    private void folder(Path folder, String path, Area area) {
        List<String> names = names(folder);
        switch (area) {
            case Area.Foreign foreign -> {
                if (tablespacePlaces.contains(folder)) {
                    return; // a tablespace inside the data directory: taken through pg_tblspc
                }
                names.forEach(name -> entry(folder.resolve(name), below(path, name), foreign));
            }
            case Area.Root _ -> {
                for (String name : names) {
                    if (!isLeftOut(name)) {
                        rootEntry(folder.resolve(name), name);
                    }
                }
            }
            case Area.Whole whole -> {
                for (String name : names) {
                    if (!isLeftOut(name)) {
                        entry(folder.resolve(name), below(path, name), whole);
                    }
                }
            }
            case Area.Databases(int tablespace) -> {
                for (String name : names) {
                    if (!isLeftOut(name)) {
                        entry(
                                folder.resolve(name),
                                below(path, name),
                                databaseArea(tablespace, name));
                    }
                }
            }
            case Area.Relations(RelationNames relations) ->
                    relations(folder, path, names, relations);
            case Area.Tablespaces _ ->
                    names.forEach(
                            name -> tablespace(folder.resolve(name), below(path, name), name));
        }
    }

    private void rootEntry(Path file, String name) {
        switch (name) {
            case "base" -> entry(file, name, new Area.Databases(RelationNames.DEFAULT_TABLESPACE));
            case "global" ->
                    entry(
                            file,
                            name,
                            new Area.Relations(
                                    new RelationNames(RelationNames.GLOBAL_TABLESPACE, 0)));
            case "pg_tblspc" -> entry(file, name, new Area.Tablespaces());
            case "pg_wal" -> writeAheadLog(file);
            case String other when EMPTIED.contains(other) -> emptied(file, other);
            case String other when WHOLE.contains(other) -> entry(file, other, new Area.Whole());
            case String foreign -> entry(file, foreign, new Area.Foreign());
        }
    }

    /** The folder without what it holds. A link to a folder comes as a folder. */
    private void emptied(Path file, String path) {
        attributes(file)
                .filter(PosixFileAttributes::isDirectory)
                .ifPresent(attributes ->
                        found.add(
                                new DataFile.Directory(
                                        path, mode(attributes), modified(attributes))));
    }

    /** {@code pg_wal} with the folders that a start expects in it, all with pg_wal's own mode. */
    private void writeAheadLog(Path file) {
        Optional<PosixFileAttributes> attributes =
                attributes(file).filter(PosixFileAttributes::isDirectory);
        if (attributes.isEmpty()) {
            return;
        }
        int mode = mode(attributes.get());
        long modified = modified(attributes.get());
        found.add(new DataFile.Directory("pg_wal", mode, modified));
        found.add(new DataFile.Directory("pg_wal/archive_status", mode, modified));
        if (major >= FIRST_MAJOR_WITH_WAL_SUMMARIES) {
            found.add(new DataFile.Directory("pg_wal/summaries", mode, modified));
        }
    }

    private static Area databaseArea(int tablespace, String name) {
        return OBJECT_ID.matcher(name).matches()
                ? new Area.Relations(new RelationNames(tablespace, objectId(name)))
                : new Area.Whole();
    }

    private void relations(Path folder, String path, List<String> names, RelationNames relations) {
        Set<Integer> unlogged = new HashSet<>();
        for (String name : names) {
            relations
                    .part(name)
                    .filter(part -> part.fork() == Fork.INIT)
                    .ifPresent(part -> unlogged.add(part.relation().relation()));
        }
        for (String name : names) {
            Path file = folder.resolve(name);
            String filePath = below(path, name);
            Optional<RelationPart> part = relations.part(name);
            if (part.isPresent()) {
                boolean reset =
                        part.get().fork() != Fork.INIT
                                && unlogged.contains(part.get().relation().relation());
                if (!reset) {
                    relation(file, filePath, part.get());
                }
            } else if (filePath.equals("global/pg_control")) {
                attributes(file)
                        .ifPresent(each -> regular(file, filePath, each, new DataFile.Control()));
            } else if (!isLeftOut(name)
                    && !(relations.database() != 0 && RelationNames.isTemporary(name))) {
                entry(file, filePath, new Area.Whole());
            }
        }
    }

    /** A link in a relation file's place is followed. */
    private void relation(Path file, String path, RelationPart part) {
        attributes(file)
                .filter(PosixFileAttributes::isRegularFile)
                .ifPresent(each -> regular(file, path, each, new DataFile.Relation(part)));
    }

    /**
     * A tablespace: its link (or, for one made in place, its folder), then its folder of this
     * version. PostgreSQL makes that folder before the link and removes it before the link, so a
     * link without the folder means that the place is not mounted.
     */
    private void tablespace(Path file, String path, String name) {
        Optional<PosixFileAttributes> own = attributes(file, LinkOption.NOFOLLOW_LINKS);
        if (own.isEmpty() || isLeftOut(name)) {
            return;
        }
        if (!OBJECT_ID.matcher(name).matches() || own.get().isRegularFile()) {
            entry(file, path, new Area.Foreign());
            return;
        }
        if (own.get().isSymbolicLink()) {
            link(file, path);
        } else {
            found.add(new DataFile.Directory(path, mode(own.get()), modified(own.get())));
        }
        Path folder = file.resolve(tablespaceFolder);
        if (attributes(folder).isEmpty()
                && attributes(file, LinkOption.NOFOLLOW_LINKS).isPresent()) {
            throw new Failure(
                    Code.DISK,
                    "tablespace " + name + " has no folder " + folder,
                    "mount the tablespace's file system, or drop the tablespace");
        }
        entry(folder, below(path, tablespaceFolder), new Area.Databases(objectId(name)));
    }

    private static Set<Path> tablespacePlaces(Path folder) {
        Set<Path> places = new HashSet<>();
        for (String name : names(folder)) {
            target(folder.resolve(name)).ifPresent(each -> places.add(folder.resolve(each)));
        }
        return places;
    }

    private void regular(
            Path file, String path, PosixFileAttributes attributes, DataFile.Role role) {
        if (!Files.isReadable(file)) {
            if (attributes(file).isEmpty()) {
                return;
            }
            throw unreadable(file, new IOException("permission denied"));
        }
        found.add(
                new DataFile.RegularFile(
                        path, mode(attributes), modified(attributes), attributes.size(), role));
    }

    private void link(Path file, String path) {
        target(file).ifPresent(each -> found.add(new DataFile.SymbolicLink(path, each.toString())));
    }

    /** Where a link leads; empty if it vanished or is none. */
    private static Optional<Path> target(Path link) {
        try {
            return Optional.of(Files.readSymbolicLink(link));
        } catch (NoSuchFileException | NotLinkException gone) {
            return Optional.empty();
        } catch (IOException unreadable) {
            throw unreadable(link, unreadable);
        }
    }

    /** What stands in a folder, sorted; nothing if it vanished. */
    private static List<String> names(Path folder) {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                names.add(name(folder, entry));
            }
        } catch (NoSuchFileException | NotDirectoryException gone) {
            return List.of();
        } catch (DirectoryIteratorException broken) {
            throw unreadable(folder, new IOException(broken));
        } catch (IOException unreadable) {
            throw unreadable(folder, unreadable);
        }
        names.sort(null);
        return names;
    }

    /** The name as text, provided that the text leads back to the file. */
    private static String name(Path folder, Path entry) {
        String name = entry.getFileName().toString();
        try {
            if (folder.resolve(name).equals(entry)) {
                return name;
            }
        } catch (InvalidPathException unspeakable) {
            throw unspeakable(folder, name, unspeakable);
        }
        throw unspeakable(folder, name, new IOException("not in the process's encoding"));
    }

    private static Optional<PosixFileAttributes> attributes(Path file, LinkOption... options) {
        try {
            return Optional.of(Files.readAttributes(file, PosixFileAttributes.class, options));
        } catch (NoSuchFileException | NotDirectoryException vanished) {
            return Optional.empty();
        } catch (IOException unreadable) {
            throw unreadable(file, unreadable);
        }
    }

    private static boolean isLeftOut(String name) {
        return name.startsWith(TEMPORARY_PREFIX)
                || name.startsWith(RELATION_CACHE_PREFIX)
                || LEFT_OUT.contains(name);
    }

    private static int objectId(String digits) {
        return (int) Long.parseLong(digits);
    }

    private static String below(String path, String name) {
        return path.isEmpty() ? name : path + "/" + name;
    }

    private static long modified(PosixFileAttributes attributes) {
        return attributes.lastModifiedTime().toMillis();
    }

    private static int mode(PosixFileAttributes attributes) {
        int mode = 0;
        for (PosixFilePermission permission : attributes.permissions()) {
            mode |= bit(permission);
        }
        return mode;
    }

    private static int bit(PosixFilePermission permission) {
        return switch (permission) {
            case OWNER_READ -> 0400;
            case OWNER_WRITE -> 0200;
            case OWNER_EXECUTE -> 0100;
            case GROUP_READ -> 0040;
            case GROUP_WRITE -> 0020;
            case GROUP_EXECUTE -> 0010;
            case OTHERS_READ -> 0004;
            case OTHERS_WRITE -> 0002;
            case OTHERS_EXECUTE -> 0001;
        };
    }

    private static Failure unreadable(Path file, IOException cause) {
        return new Failure(
                Code.DISK,
                "can't read " + file,
                "check that pgkeep's user may read the whole data directory and the disk works",
                cause);
    }

    private static Failure unspeakable(Path folder, String name, Exception cause) {
        return new Failure(
                Code.DISK,
                "the name of a file in " + folder + " can't be spelled here: " + name,
                "start pgkeep in a UTF-8 locale (LC_ALL=C.UTF-8), or rename the file",
                cause);
    }
}
