package org.pgkeep.engine.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.instance.Instance;
import org.pgkeep.postgres.instance.StopMode;

/**
 * A server that pgkeep made and runs on this machine. It keeps no memory of its own: whether it
 * runs is asked of its data directory and of the machine each time.
 */
public final class ManagedServer {
    /** Names the server whose folder it is; a folder without it is never changed or removed. */
    private static final String OWNER_FILE = "pgkeep.server";

    private static final Duration START_AT_MOST = Duration.ofMinutes(10);
    private static final Duration STOP_AT_MOST = Duration.ofMinutes(5);

    private final ServerPlace place;

    /** The server at that place, which need not be there yet. */
    public ManagedServer(ServerPlace place) {
        this.place = place;
    }

    /** Where it lives. */
    public ServerPlace place() {
        return place;
    }

    /**
     * Makes a new cluster and starts it. What an earlier try of the same server left is removed
     * first.
     *
     * @param more settings for {@code postgresql.conf}
     * @return what its control file says
     * @throws Failure FOREIGN_DIRECTORY, PORT_TAKEN, NOT_WRITABLE; SERVER_DID_NOT_START
     */
    public ControlFile create(Map<String, String> more) {
        refuseTakenPort();
        claimRoot();
        Instance instance = place.instance();
        instance.initdb(List.of("--username=" + ServerPlace.SUPERUSER));
        configure(ServerConfiguration.Firewall.LOOPBACK, more);
        instance.start(START_AT_MOST);
        return controlFile();
    }

    /** What the cluster says of itself. */
    public ControlFile controlFile() {
        return ControlFile.read(place.dataDirectory().resolve("global/pg_control"));
    }

    /**
     * Makes an empty root folder of this server's own; what an earlier try left in it goes.
     *
     * @throws Failure FOREIGN_DIRECTORY if it holds something that is not this server's
     */
    public void claimRoot() {
        removeRoot();
        try {
            Files.createDirectories(place.root());
            Files.setPosixFilePermissions(
                    place.root(), PosixFilePermissions.fromString("rwx------"));
            Files.writeString(place.root().resolve(OWNER_FILE), place.id() + "\n");
            place.runAs().own(place.root());
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "the folder " + place.root() + " can't be made: " + e.getMessage(),
                    "look at the permissions of the folder above it",
                    e);
        }
    }

    /**
     * Removes the server's files, stopping it if it runs. Does nothing where there are none.
     *
     * @throws Failure FOREIGN_DIRECTORY if the folder is not this server's
     */
    public void removeRoot() {
        if (!Files.exists(place.root(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        refuseForeignRoot();
        if (Files.exists(place.dataDirectory())) {
            place.instance().stop(StopMode.IMMEDIATE, STOP_AT_MOST);
        }
        // the owner file goes last: a crash in between leaves a folder that is still ours
        try (Stream<Path> tree = Files.walk(place.root())) {
            Path owner = place.root().resolve(OWNER_FILE);
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                if (!each.equals(place.root()) && !each.equals(owner)) {
                    Files.deleteIfExists(each);
                }
            }
            Files.deleteIfExists(owner);
            Files.deleteIfExists(place.root());
        } catch (IOException | UncheckedIOException e) {
            throw new Failure(
                    Code.DISK,
                    "removing " + place.root() + " failed: " + e.getMessage(),
                    "look at the permissions below it, then ask again",
                    e);
        }
    }

    /**
     * As {@link #removeRoot}, for tidying up behind work that somebody broke off: an interrupt ends
     * the work, not this.
     */
    public void removeRootEvenIfInterrupted() {
        boolean interrupted = Thread.interrupted();
        try {
            removeRoot();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Refuses a root folder that holds something else than this server.
     *
     * @throws Failure FOREIGN_DIRECTORY; NOT_WRITABLE if it can't be read
     */
    public void refuseForeignRoot() {
        Path owner = place.root().resolve(OWNER_FILE);
        try (Stream<Path> inside = Files.list(place.root())) {
            boolean empty = inside.findAny().isEmpty();
            boolean ours =
                    Files.exists(owner)
                            && Files.readString(owner).strip().equals(place.id().toString());
            if (!empty && !ours) {
                throw new Failure(
                        Code.FOREIGN_DIRECTORY,
                        "the folder " + place.root() + " holds files that are not this server's",
                        "move them away; pgkeep removes nothing it did not make");
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "the folder " + place.root() + " can't be read: " + e.getMessage(),
                    "look at its permissions",
                    e);
        }
    }

    /** Refuses a port that something on this machine listens on already. */
    public void refuseTakenPort() {
        int port = place.socket().port();
        try {
            new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
        } catch (IOException e) {
            throw new Failure(
                    Code.PORT_TAKEN,
                    "port " + port + " is taken on this machine",
                    "choose another one with --port, or leave it out to get a free one",
                    e);
        }
    }

    /** Writes pgkeep's configuration files over what stands in the data directory. */
    public void configure(ServerConfiguration.Firewall firewall, Map<String, String> more) {
        int major = place.installation().version().major();
        write("postgresql.conf", ServerConfiguration.postgresqlConf(place.socket(), major, more));
        write("pg_hba.conf", ServerConfiguration.hbaConf(firewall));
        write("pg_ident.conf", ServerConfiguration.identConf(place));
    }

    /** Writes a file of the data directory, owned by the server's user, for nobody else to read. */
    public void write(String name, String text) {
        Path file = place.dataDirectory().resolve(name);
        try {
            Files.deleteIfExists(file);
            Files.writeString(file, text, StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            place.runAs().own(file);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "writing " + file + " failed: " + e.getMessage(),
                    "look at the disk and at the folder's permissions",
                    e);
        }
    }

    /** Starts it and waits until it takes connections; does nothing if it runs. */
    public void start() {
        if (!isRunning()) {
            refuseForeignRoot();
            refuseTakenPort();
            place.instance().start(START_AT_MOST);
        }
    }

    /** Stops it: sessions end, its last WAL is streamed, a shutdown checkpoint is written. */
    public void stop() {
        place.instance().stop(StopMode.FAST, STOP_AT_MOST);
    }

    /** Whether its postmaster runs. */
    public boolean isRunning() {
        return place.instance().isRunning();
    }

    /**
     * Empties its log when that is large; older ones are kept beside it for a while.
     *
     * @throws Failure DISK
     */
    public void rotateLog() {
        try {
            new LogRotation(place.logFile(), place.runAs()).look();
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "the log " + place.logFile() + " can't be rotated: " + e,
                    "look at the disk and at the folder's permissions",
                    e);
        }
    }

    /** Its postmaster's process id, if it runs. */
    public OptionalLong pid() {
        return place.instance().pid();
    }

    /** The identity written into a server's folder; empty where there is none. */
    public static java.util.Optional<ServerId> ownerOf(Path root) {
        Path file = root.resolve(OWNER_FILE);
        try {
            return Files.exists(file)
                    ? java.util.Optional.of(ServerId.parse(Files.readString(file).strip()))
                    : java.util.Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return java.util.Optional.empty();
        }
    }
}
