package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Where things are in the folder in which a service lives.
 *
 * @param root an absolute path
 */
public record Home(Path root) {
    public Home {
        if (!root.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + root);
        }
    }

    /** The catalog: what is wanted. It can be lost. */
    public Path catalog() {
        return root.resolve("catalog.db");
    }

    /** Tells faces where the running service listens; secret. */
    public Path serviceFile() {
        return root.resolve("service.json");
    }

    /** What the service did. */
    public Path log() {
        return root.resolve("service.log");
    }

    /** Held by the running service. */
    public Path lock() {
        return root.resolve("lock");
    }

    /** What opens the vault, unless it is a passphrase; secret. */
    public Path keyFile() {
        return root.resolve("vault.key");
    }

    /** What storage costs; there only if somebody wrote it. */
    public Path prices() {
        return root.resolve("prices.json");
    }

    /** What has to be kept safe elsewhere; secret. */
    public Path recoveryKit() {
        return root.resolve("recovery-kit.txt");
    }

    /** The vault, or a link to it. */
    public Path vault() {
        return root.resolve("vault");
    }

    /** Where the vault's tiers are, when it is not simply in the home. */
    public Path tiers() {
        return root.resolve("vault.tiers");
    }

    /** A folder per managed server, named by its id. */
    public Path servers() {
        return root.resolve("servers");
    }

    /** For files that only live as long as the process; what a killed service left goes. */
    public Path temporary() {
        return root.resolve("tmp");
    }

    /** A folder per server for WAL that is not yet in the vault. */
    public Path spool() {
        return root.resolve("spool");
    }

    /** Through which servers hand over WAL: a file for each, for its user alone; secret. */
    public Path walDoors() {
        return root.resolve("wal");
    }

    /**
     * Makes the folders that are missing and tightens the permissions: others may walk through (the
     * servers run as another user), but neither list nor read.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    public void prepare() {
        try {
            Files.createDirectories(root);
            permit(root, "rwx--x--x");
            Files.createDirectories(servers());
            permit(servers(), "rwx--x--x");
            Files.createDirectories(walDoors());
            permit(walDoors(), "rwx--x--x");
            Files.createDirectories(spool());
            permit(spool(), "rwx------");
            if (Files.isDirectory(vault(), LinkOption.NOFOLLOW_LINKS)) {
                permit(vault(), "rwx------");
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't use " + root + " as pgkeep's home: " + e,
                    "choose another folder with --home, or give this one to the user who runs"
                            + " pgkeep",
                    e);
        }
    }

    /**
     * Checks that another user can walk to the servers' folder.
     *
     * @param user the operating system's user who runs the servers
     * @param owner the one who runs the service
     * @throws Failure {@code NOT_WRITABLE} naming the folder that is shut
     */
    public void checkReachableBy(String user, String owner) {
        if (user.equals(owner)) {
            return;
        }
        try {
            for (Path folder = root.toRealPath(); folder != null; folder = folder.getParent()) {
                Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder);
                if (!permissions.contains(PosixFilePermission.OTHERS_EXECUTE)
                        && !Files.getOwner(folder).getName().equals(user)) {
                    throw new Failure(
                            Code.NOT_WRITABLE,
                            "user "
                                    + user
                                    + ", who runs the PostgreSQL servers, can't walk through "
                                    + folder,
                            "choose a home that everybody can walk to with --home, or run pgkeep"
                                    + " as another user than root");
                }
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't look at the permissions of " + root + ": " + e,
                    "choose another folder with --home",
                    e);
        }
    }

    /** Sets a file's mode; the file may be a folder. */
    static void permit(Path file, String mode) throws IOException {
        if (!Files.isSymbolicLink(file)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        }
    }

    /** Whether something stands there, even a link that leads nowhere. */
    static boolean isThere(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /** The folder of an absolute path below the root. */
    public static Path parentOf(Path file) {
        return Objects.requireNonNull(file.getParent(), () -> file + " has no folder");
    }
}
