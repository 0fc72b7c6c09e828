package org.pgkeep.engine.restore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.WorkLease;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/**
 * Carries out restore plans for people who run their own PostgreSQL: the files, and what recovery
 * needs to be told. Whoever starts PostgreSQL on them starts the recovery, which ends where the
 * plan says.
 */
public final class DirectoryRestorer {
    /** Names what a restore that did not come to its end may remove again. */
    private static final String MARK = "pgkeep.unfinished";

    /** What a PostgreSQL that pgkeep does not run is told of its own, unless others are wanted. */
    private static final List<String> CONFIGURATION =
            List.of("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf");

    private static final String OF_THE_ORIGIN = ".origin";

    private final Vault vault;
    private final InstantSource clock;

    /** Restores out of that vault. */
    public DirectoryRestorer(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * What was looked at before anything is written.
     *
     * @param wanted what is to be made; its WAL in {@code pg_wal} where replay makes tablespaces
     * @param owner whose the files become
     * @param tablespaces where the files of tablespaces go, by where they were
     */
    public record Checked(
            OwnDirectory wanted, OperatingSystemUser owner, Map<String, Path> tablespaces) {
        public Checked {
            tablespaces = Map.copyOf(tablespaces);
        }
    }

    /**
     * Refuses what can't work. What an earlier try left in the directory does not count.
     *
     * @throws Failure FOREIGN_DIRECTORY, NOT_ALLOWED, NOT_WRITABLE, NO_SPACE, BAD_ARGUMENT
     */
    public Checked check(RestorePlan plan, OwnDirectory wanted) {
        Path directory = wanted.directory();
        OperatingSystemUser owner = ownerOf(directory);
        refuseUsed(directory, "--to-directory");
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "the folder " + parent + ", in which it is to be made, does not exist",
                    "make it first: mkdir -p " + parent);
        }
        if (!Files.isWritable(Files.exists(directory) ? directory : parent)) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    directory + " can't be written by " + System.getProperty("user.name"),
                    "look at its permissions, or run pgkeep as the folder's owner");
        }
        ServerArchive archive = new ServerArchive(vault, plan.source().id());
        Map<String, String> made = WalPlacer.tablespaces(archive, plan);
        Map<String, Path> tablespaces =
                tablespaces(archive.tree(plan.snapshot().id()), made, wanted);
        Restorer.refuseTooSmall(plan, Files.exists(directory) ? directory : parent);
        // recovery would make them where the origin has them: its WAL has to be told otherwise
        boolean places = made.values().stream().anyMatch(location -> !location.isEmpty());
        return new Checked(
                places
                        ? new OwnDirectory(directory, wanted.tablespaces(), Optional.empty())
                        : wanted,
                owner,
                tablespaces);
    }

    private static Map<String, Path> tablespaces(
            List<TreeEntry> tree, Map<String, String> made, OwnDirectory wanted) {
        Set<String> origins = new LinkedHashSet<>();
        for (TreeEntry entry : tree) {
            if (entry instanceof TreeEntry.SymbolicLink link
                    && DirectoryWriter.isTablespace(link)) {
                origins.add(link.target());
            }
        }
        made.values().stream().filter(location -> !location.isEmpty()).forEach(origins::add);
        for (Path named : wanted.tablespaces().keySet()) {
            if (!origins.contains(named.toString())) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        "the source has no tablespace in " + named,
                        origins.isEmpty()
                                ? "it has none at all: leave --tablespace-mapping out"
                                : "it has them in " + String.join(", ", origins));
            }
        }
        Map<String, Path> all = new TreeMap<>();
        for (String origin : origins) {
            Path place = wanted.tablespace(origin);
            if (all.containsValue(place)
                    || place.startsWith(wanted.directory())
                    || wanted.directory().startsWith(place)) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        "the tablespace " + origin + " can't go to " + place,
                        "give each one a folder of its own, outside the data directory");
            }
            refuseUsed(place, "--tablespace-mapping " + origin);
            all.put(origin, place);
        }
        return all;
    }

    /** PostgreSQL starts only as the owner of its data directory, and never as root. */
    private static OperatingSystemUser ownerOf(Path directory) {
        OperatingSystemUser usual = OperatingSystemUser.forServers();
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return usual;
        }
        if (!Files.isDirectory(directory)) {
            throw new Failure(
                    Code.FOREIGN_DIRECTORY,
                    directory + " is no folder",
                    "choose another place with --to-directory");
        }
        String owner;
        try {
            owner = Files.getOwner(directory).getName();
        } catch (IOException e) {
            throw disk("looking at " + directory, e);
        }
        if (usual.isAnother() && !owner.equals("root")) {
            return OperatingSystemUser.named(owner);
        }
        if (!owner.equals(usual.name())) {
            throw new Failure(
                    Code.NOT_ALLOWED,
                    directory
                            + " belongs to "
                            + owner
                            + (usual.isAnother()
                                    ? ", as whom PostgreSQL does not run"
                                    : ", and PostgreSQL starts only as its owner"),
                    "give it to whoever is to run PostgreSQL: chown "
                            + usual.name()
                            + " "
                            + directory);
        }
        return usual;
    }

    private static void refuseUsed(Path folder, String option) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> inside = Files.list(folder)) {
            if (inside.findAny().isPresent() && !isUnfinished(folder)) {
                throw new Failure(
                        Code.FOREIGN_DIRECTORY,
                        folder + " is not empty",
                        "choose an empty folder, or one that is not there yet, with " + option);
            }
        } catch (IOException e) {
            throw disk("looking into " + folder, e);
        }
    }

    /** What a restore left that was killed: it has no control file yet, and can't be started. */
    private static boolean isUnfinished(Path folder) {
        return Files.exists(folder.resolve(MARK))
                && !Files.exists(folder.resolve("global/pg_control"));
    }

    /**
     * Writes the directory. When it fails, nothing is left of it.
     *
     * <p>What a crash leaves: a folder that PostgreSQL refuses to start, because {@code pg_control}
     * goes in last, after everything else is durable; the same restore asked for again begins anew.
     *
     * @throws Failure DAMAGED_OBJECT or MISSING_OBJECT from the vault; NO_SPACE, DISK
     */
    public void restore(RestorePlan plan, Checked checked, ProgressListener progress) {
        Path directory = checked.wanted().directory();
        boolean made = !Files.exists(directory);
        try (WorkLease _ =
                WorkLease.forReading(vault, clock, plan.source().id(), plan.snapshot().id())) {
            begin(directory);
            for (Path place : checked.tablespaces().values()) {
                begin(place);
            }
            ServerArchive archive = new ServerArchive(vault, plan.source().id());
            List<TreeEntry> tree = archive.tree(plan.snapshot().id());
            DirectoryWriter writer =
                    new DirectoryWriter(
                            vault,
                            new Landing(
                                    directory,
                                    checked.owner(),
                                    (_, origin) -> checked.wanted().tablespace(origin)),
                            progress);
            writer.writeFiles(tree);
            if (checked.wanted().restoreCommand().isEmpty()) {
                Map<String, String> replayed =
                        new TreeMap<>(
                                WalPlacer.place(
                                        archive, plan, directory.resolve("pg_wal"), progress));
                replayed.values().removeIf(String::isEmpty);
                writer.linkTablespaces(replayed);
            }
            configure(plan, checked, tree, writer);
            progress.report(new Progress("making it durable", 0, 0));
            for (Path place : checked.tablespaces().values()) {
                Files.deleteIfExists(place.resolve(MARK));
                checked.owner().own(place);
                Restorer.sync(place);
            }
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            checked.owner().own(directory);
            Restorer.sync(directory);
            writer.writeControlFile(tree);
            Files.deleteIfExists(directory.resolve(MARK));
        } catch (IOException e) {
            remove(checked, made);
            throw disk("writing " + directory, e);
        } catch (RuntimeException failed) {
            remove(checked, made);
            throw failed;
        }
    }

    /** Marks an empty folder as this restore's; what an earlier one left in it goes. */
    private static void begin(Path folder) throws IOException {
        Files.createDirectories(folder);
        empty(folder);
        Files.writeString(folder.resolve(MARK), "pgkeep restores into this folder.\n");
    }

    /** Removes all in it, the mark last: a crash in between leaves a folder that is marked. */
    private static void empty(Path folder) throws IOException {
        Path mark = folder.resolve(MARK);
        List<Path> all = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.filter(each -> !each.equals(folder) && !each.equals(mark)).forEach(all::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        all.sort(Comparator.reverseOrder());
        for (Path each : all) {
            Files.deleteIfExists(each);
        }
        Files.deleteIfExists(mark);
    }

    private static void remove(Checked checked, boolean made) {
        boolean interrupted = Thread.interrupted();
        try {
            for (Path place : checked.tablespaces().values()) {
                if (Files.exists(place)) {
                    empty(place);
                }
            }
            Path directory = checked.wanted().directory();
            if (Files.exists(directory)) {
                empty(directory);
                if (made) {
                    Files.delete(directory);
                }
            }
        } catch (IOException left) {
            // it is marked and can't be started; the next try removes it
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void configure(
            RestorePlan plan, Checked checked, List<TreeEntry> tree, DirectoryWriter writer)
            throws IOException {
        Path directory = checked.wanted().directory();
        for (String name : CONFIGURATION) {
            Optional<String> text = writer.text(tree, name);
            if (text.isPresent()) {
                write(directory.resolve(name + OF_THE_ORIGIN), text.get());
            }
        }
        write(
                directory.resolve("postgresql.conf"),
                "# Written by pgkeep: what recovery needs. The origin's file is beside it.\n"
                        + RecoverySettings.lines(RecoverySettings.staying(plan)));
        write(
                directory.resolve("pg_hba.conf"),
                """
                # Written by pgkeep: nobody gets in over TCP. The origin's file is beside it.
                local  all          all  peer
                local  replication  all  peer
                host   all          all  all  reject
                """);
        write(directory.resolve("pg_ident.conf"), "");
        write(
                directory.resolve("postgresql.auto.conf"),
                "# Written by pgkeep for the recovery, and so that the copy writes into nobody's\n"
                        + "# archive and follows nobody. When it is done: ALTER SYSTEM RESET ALL.\n"
                        + RecoverySettings.lines(
                                RecoverySettings.recovery(
                                        plan, checked.wanted().restoreCommand().orElse("false"))));
        write(directory.resolve("backup_label"), plan.snapshot().backupLabel());
        write(directory.resolve("recovery.signal"), "");
    }

    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static Failure disk(String what, IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new Failure(
                full ? Code.NO_SPACE : Code.DISK,
                what + " failed: " + e,
                full ? "make room, then ask again" : "look at the disk, then ask again",
                e);
    }
}
