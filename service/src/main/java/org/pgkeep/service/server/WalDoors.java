package org.pgkeep.service.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.home.Home;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets servers hand over and ask for WAL: for each a file that only its operating-system user may
 * read, with the service's port and a token which is good for this server's WAL and nothing else.
 * {@code <home>/wal/ID} and {@code <home>/wal/NAMESPACE/NAME} say the same. Its own lock.
 */
public final class WalDoors implements AutoCloseable {
    private static final int TOKEN_BYTES = 32;

    private static final Logger LOG = LoggerFactory.getLogger(WalDoors.class);

    private final Home home;
    private final OperatingSystemUser runAs;
    private final RandomGenerator random;
    private final Map<ServerId, Door> doors = new HashMap<>();

    /** 0 until the service listens. */
    private int port;

    private record Door(String token, List<Path> files) {}

    public WalDoors(Home home, OperatingSystemUser runAs, RandomGenerator random) {
        this.home = home;
        this.runAs = runAs;
        this.random = random;
    }

    /** The service listens there: the doors that are known open. */
    public synchronized void listening(int at) {
        port = at;
        doors.values().forEach(this::write);
    }

    /** Opens a server's door; it stays open when it is. */
    synchronized void open(ServerRow row) {
        if (doors.containsKey(row.id())) {
            return;
        }
        byte[] secret = new byte[TOKEN_BYTES];
        random.nextBytes(secret);
        Path folder = home.walDoors();
        Door door =
                new Door(
                        HexFormat.of().formatHex(secret),
                        List.of(
                                folder.resolve(row.id().toString()),
                                folder.resolve(row.namespace()).resolve(row.name())));
        doors.put(row.id(), door);
        if (port != 0) {
            write(door);
        }
    }

    /** Shuts a server's door; no complaint if there is none. */
    synchronized void shut(ServerId id) {
        Door door = doors.remove(id);
        if (door != null) {
            remove(door);
        }
    }

    /** Whether a token is that server's. */
    public synchronized boolean admits(String token, ServerId id) {
        Door door = doors.get(id);
        return door != null
                && MessageDigest.isEqual(
                        door.token().getBytes(java.nio.charset.StandardCharsets.US_ASCII),
                        token.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** A reader finds a whole file or none. A server without one keeps its WAL and tries again. */
    private void write(Door door) {
        for (Path file : door.files()) {
            try {
                Path folder = Home.parentOf(file);
                Files.createDirectories(folder);
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
                Path fresh = file.resolveSibling(file.getFileName() + ".new");
                Files.deleteIfExists(fresh);
                Files.createFile(
                        fresh,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
                Files.writeString(fresh, port + " " + door.token() + "\n");
                runAs.own(fresh);
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                LOG.warn("servers can't hand over WAL through {}: {}", file, e.toString());
            }
        }
    }

    private static void remove(Door door) {
        for (Path file : door.files()) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("can't remove {}: {}", file, e.toString());
            }
        }
    }

    @Override
    public synchronized void close() {
        doors.values().forEach(WalDoors::remove);
        doors.clear();
    }
}
