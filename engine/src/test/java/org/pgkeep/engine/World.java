package org.pgkeep.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CountingStore;
import org.pgkeep.engine.capture.WalCapture;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.RestorePlanner;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerConfiguration;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.engine.slot.WalLimit;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.VaultSettings;
import org.pgkeep.vault.store.DirectoryStore;

/** A vault and the servers in its care, without a service; all of it goes when it is closed. */
final class World implements AutoCloseable {
    static final String PASSWORD = "word of a test";

    /** As the service captures, in a hurry. */
    static final CaptureSettings QUICK =
            new CaptureSettings(
                    Duration.ofMillis(200),
                    Duration.ofMillis(200),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(90),
                    1L << 30,
                    false,
                    WalLimit.DEFAULT,
                    true);

    private final Path home;
    private final Path sockets;
    private Path spools;
    private final Installation installation;
    private final CountingStore store;
    private volatile Duration clockOffset = Duration.ZERO;
    private final Vault vault;
    private final List<Kept> kept = new ArrayList<>();

    /** A server and, while it is captured, its capture. */
    static final class Kept {
        final ManagedServer server;
        final ServerDocument document;
        @Nullable WalCapture capture;
        final List<Hole> holes = new CopyOnWriteArrayList<>();
        CaptureSettings settings = QUICK;

        Kept(ManagedServer server, ServerDocument document) {
            this.server = server;
            this.document = document;
        }

        WalCapture capture() {
            WalCapture open = capture;
            if (open == null) {
                throw new IllegalStateException("not captured");
            }
            return open;
        }

        ServerId id() {
            return document.id();
        }
    }

    World(PostgresBinaries binaries) throws IOException {
        this(binaries, VaultSettings.DEFAULT);
    }

    World(PostgresBinaries binaries, VaultSettings settings) throws IOException {
        home = Files.createTempDirectory("pgkeep-engine");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
        spools = home.resolve("spool");
        sockets = Files.createDirectory(home.resolve("run"));
        OperatingSystemUser.forServers().own(sockets);
        installation = new Installation(binaries.bin(), PostgresVersion.parse(binaries.version()));
        store =
                new CountingStore(
                        DirectoryStore.make(home.resolve("vault"), InstantSource.system()));
        vault =
                Vault.create(
                        store,
                        List.of(new VaultKey.KeyFile(new byte[32])),
                        new SecureRandom(),
                        InstantSource.system(),
                        settings);
    }

    /** Captures opened from now on spool there. */
    void spool(Path directory) {
        spools = directory;
    }

    /** Sets the clock of captures opened from now on, and of those that are open. */
    void clockOffset(Duration offset) {
        clockOffset = offset;
    }

    CountingStore store() {
        return store;
    }

    Vault vault() {
        return vault;
    }

    Path home() {
        return home;
    }

    ServerPlace newPlace() throws IOException {
        ServerId id = new ServerId(UUID.randomUUID());
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path servers = Files.createDirectories(home.resolve("servers"));
        return new ServerPlace(
                id,
                servers.resolve(id.toString()),
                new LocalSocket(sockets, port),
                installation,
                OperatingSystemUser.forServers(),
                System.getProperty("user.name"));
    }

    /** Makes a server with a role {@code writer} that owns the database, and captures it. */
    Kept create(Map<String, String> settings) throws IOException {
        Kept made = createUncaptured(settings);
        capture(made);
        return made;
    }

    /** The same, without the capture. */
    Kept createUncaptured(Map<String, String> settings) throws IOException {
        ServerPlace place = newPlace();
        ManagedServer server = new ManagedServer(place);
        ControlFile control = server.create(settings);
        Kept made = keep(server, "pg" + kept.size(), control);
        sql(made, "postgres", "CREATE ROLE writer SUPERUSER LOGIN PASSWORD '" + PASSWORD + "'");
        return made;
    }

    Kept keep(ManagedServer server, String name, ControlFile control) {
        ServerDocument document =
                new ServerDocument(
                        server.place().id(),
                        "default",
                        name,
                        installation.version(),
                        Long.toUnsignedString(control.systemIdentifier()),
                        control.walSegmentBytes(),
                        Instant.now(),
                        Optional.empty(),
                        Map.of());
        new ServerArchive(vault, document.id()).write(document);
        Kept made = new Kept(server, document);
        kept.add(made);
        return made;
    }

    /** Opens a capture, as the service does at its start. */
    void capture(Kept of) {
        WalCapture capture =
                new WalCapture(
                        of.server.place().server(),
                        of.document,
                        vault,
                        spools.resolve(of.id().toString()),
                        of.settings,
                        () -> Instant.now().plus(clockOffset),
                        new CaptureListener() {
                            @Override
                            public void stateChanged(CaptureState state) {}

                            @Override
                            public void hole(Hole hole) {
                                of.holes.add(hole);
                            }
                        });
        of.capture = capture;
        capture.start();
    }

    SnapshotInfo snapshot(Kept of, String name) {
        Snapshotter byLog = new Snapshotter(vault, () -> Instant.now().plus(clockOffset));
        return snapshot(byLog, of, name);
    }

    SnapshotInfo snapshot(Snapshotter snapshotter, Kept of, String name) {
        return snapshotter.take(
                of.server.place().server(),
                of.document,
                new SnapshotId(UUID.randomUUID()),
                name,
                of.capture(),
                ProgressListener.NONE);
    }

    RestorePlan plan(Kept of, RestoreTarget target) {
        WalCapture capture = of.capture;
        return new RestorePlanner(vault, InstantSource.system())
                .plan(
                        of.id(),
                        target,
                        capture == null ? Optional.empty() : capture.figures().heldThrough());
    }

    /** A restored server, opened for the writers' role so that the truth can be compared. */
    record Restored(Kept server, RestoreOutcome outcome) {}

    Restored restore(RestorePlan plan) throws IOException {
        ServerPlace place = newPlace();
        RestoreOutcome outcome =
                new Restorer(vault, InstantSource.system())
                        .restore(plan, place, ProgressListener.NONE);
        ManagedServer server = new ManagedServer(place);
        Kept made = keep(server, "restored" + kept.size(), server.controlFile());
        server.write(
                "pg_hba.conf", ServerConfiguration.hbaConf(ServerConfiguration.Firewall.LOOPBACK));
        sql(made, "postgres", "SELECT pg_reload_conf()");
        return new Restored(made, outcome);
    }

    static String jdbcUrl(Kept of) {
        return "jdbc:postgresql://127.0.0.1:"
                + of.server.place().socket().port()
                + "/postgres?user=writer&password="
                + PASSWORD.replace(" ", "%20");
    }

    static Connection connect(Kept of) throws SQLException {
        SQLException last = new SQLException("not tried");
        for (int i = 0; i < 50; i++) {
            try {
                return DriverManager.getConnection(jdbcUrl(of));
            } catch (SQLException notYet) {
                last = notYet;
                pause();
            }
        }
        throw last;
    }

    static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs SQL as the superuser; null comes as the empty text. */
    static List<List<String>> sql(Kept of, String database, String sql) {
        try (WireConnection connection =
                WireConnection.open(
                        of.server.place().socket(),
                        new Login(ServerPlace.SUPERUSER, database, "test", false))) {
            return connection.query(sql).stream()
                    .map(row -> row.stream().map(each -> each == null ? "" : each).toList())
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        for (Kept each : kept) {
            WalCapture capture = each.capture;
            if (capture != null) {
                capture.close();
            }
        }
        for (Kept each : kept) {
            each.server.removeRoot();
        }
        try (Stream<Path> tree = Files.walk(home)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        }
    }
}
