package org.pgkeep.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.HeldWal;
import org.pgkeep.engine.capture.WalCapture;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.RestorePlanner;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.postgres.instance.StopMode;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/**
 * The engine without a service, for comparisons with other tools on a server that pgkeep did not
 * make: each command is a process of its own, as with the others. {@code peer-pgkeep.sh} calls it.
 *
 * <pre>
 * prepare WORK DATADIR SOCKETDIR PORT      an empty vault in WORK/repo, and a server document
 * capture WORK DATADIR SOCKETDIR PORT      captures WAL until it is ended
 * backup  WORK DATADIR SOCKETDIR PORT      one snapshot, while a capture runs
 * hold    WORK DATADIR SOCKETDIR PORT      waits until the vault holds all WAL there is now
 * forget  WORK DATADIR SOCKETDIR PORT      drops the replication slot
 * serve   ORDERS ANSWERS -                 carries out backup and restore commands, each a line of
 *                                          the pipe ORDERS: a service that is warm
 * restore WORK BINDIR PLACE PORT           the newest snapshot as a server in PLACE, checked, stopped
 * pitr    WORK BINDIR PLACE PORT TIME SQL  the moment TIME; prints what SQL answers there
 * stand-in HOME DATADIR                    a home whose vault knows the server of a folder of WAL
 * </pre>
 */
public final class PeerDriver {
    private static final Duration HOLD_AT_MOST = Duration.ofMinutes(10);
    private static final Duration STOP_AT_MOST = Duration.ofMinutes(1);
    private static final String SUPERUSER = "postgres";
    private static final AtomicBoolean SERVING = new AtomicBoolean();

    private final Path work;

    private PeerDriver(Path work) {
        this.work = work;
    }

    /** Runs one command. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length == 3 && args[0].equals("stand-in")) {
            standIn(Path.of(args[1]), Path.of(args[2]));
            return;
        }
        if (args.length < 5) {
            throw new IllegalArgumentException("see peer-pgkeep.sh");
        }
        if (args[0].equals("serve")) {
            SERVING.set(true);
            serve(Path.of(args[1]), Path.of(args[2]));
        } else {
            carryOut(args);
        }
    }

    private static void carryOut(String[] args) throws IOException, InterruptedException {
        PeerDriver driver = new PeerDriver(Path.of(args[1]));
        switch (args[0]) {
            case "prepare" -> driver.prepare(args);
            case "capture" -> driver.capture(args);
            case "backup" -> driver.backup(args);
            case "hold" -> driver.hold(args);
            case "forget" -> driver.forget(args);
            case "restore" ->
                    driver.restore(args, new RestoreTarget.ToBackup(driver.newest().id()));
            case "pitr" -> driver.restore(args, new RestoreTarget.ToTime(Instant.parse(args[5])));
            default -> throw new IllegalArgumentException("no command " + args[0]);
        }
    }

    /** One order after the other, until the process is ended; what each says goes to the log. */
    private static void serve(Path orders, Path answers) throws IOException {
        while (true) {
            for (String order : Files.readAllLines(orders)) {
                String answer;
                try {
                    carryOut(order.split(" ", 7));
                    answer = "ok";
                } catch (Exception e) {
                    e.printStackTrace();
                    answer = "failed: " + e.getMessage();
                }
                Files.writeString(answers, answer + "\n");
            }
        }
    }

    private static ProtectedServer server(ServerId id, String[] args) {
        return new ProtectedServer(
                id,
                Path.of(args[2]),
                new LocalSocket(Path.of(args[3]), Integer.parseInt(args[4])),
                SUPERUSER);
    }

    // ---- the vault and what it knows

    private void prepare(String[] args) throws IOException {
        SecureRandom random = new SecureRandom();
        VaultKey.KeyFile key = VaultKey.KeyFile.random(random);
        Files.write(work.resolve("key"), key.secret());
        Vault vault =
                Vault.create(
                        DirectoryStore.make(work.resolve("repo"), InstantSource.system()),
                        List.of(key),
                        random,
                        InstantSource.system());
        ServerId id = new ServerId(UUID.randomUUID());
        ProtectedServer server = server(id, args);
        ControlFile control = ControlFile.read(server.dataDirectory().resolve("global/pg_control"));
        PostgresVersion version;
        try (WireConnection connection = connect(server.socket())) {
            version = PostgresVersion.parse(connection.parameter("server_version"));
        }
        new ServerArchive(vault, id)
                .write(
                        new ServerDocument(
                                id,
                                "bench",
                                "bench",
                                version,
                                Long.toUnsignedString(control.systemIdentifier()),
                                control.walSegmentBytes(),
                                Instant.now(),
                                Optional.empty(),
                                Map.of()));
    }

    /** The service that starts in this home finds the server in the vault. */
    private static void standIn(Path home, Path directory) throws IOException {
        SecureRandom random = new SecureRandom();
        VaultKey.KeyFile key = VaultKey.KeyFile.random(random);
        Files.writeString(home.resolve("vault.key"), HexFormat.of().formatHex(key.secret()) + "\n");
        Vault vault =
                Vault.create(
                        DirectoryStore.make(home.resolve("vault"), InstantSource.system()),
                        List.of(key),
                        random,
                        InstantSource.system());
        ControlFile control = ControlFile.read(directory.resolve("global/pg_control"));
        ServerId id = new ServerId(UUID.randomUUID());
        new ServerArchive(vault, id)
                .write(
                        new ServerDocument(
                                id,
                                "default",
                                "bench",
                                PostgresVersion.parse(
                                        Files.readString(directory.resolve("PG_VERSION")).strip()),
                                Long.toUnsignedString(control.systemIdentifier()),
                                control.walSegmentBytes(),
                                Instant.now(),
                                Optional.empty(),
                                Map.of("port", "5432")));
    }

    private Vault vault() throws IOException {
        return Vault.open(
                new DirectoryStore(work.resolve("repo")),
                new VaultKey.KeyFile(Files.readAllBytes(work.resolve("key"))),
                new SecureRandom(),
                InstantSource.system());
    }

    private ServerArchive archive() throws IOException {
        Vault vault = vault();
        return new ServerArchive(vault, ServerArchive.all(vault).getFirst());
    }

    private SnapshotInfo newest() throws IOException {
        return archive().snapshots().getLast();
    }

    private static WireConnection connect(LocalSocket socket) {
        return WireConnection.open(socket, new Login(SUPERUSER, "postgres", "pgkeep bench", false));
    }

    // ---- what is timed

    private void capture(String[] args) throws IOException, InterruptedException {
        Vault vault = vault();
        ServerArchive archive = archive();
        CountDownLatch over = new CountDownLatch(1);
        WalCapture capture =
                new WalCapture(
                        server(archive.server(), args),
                        archive.document().orElseThrow(),
                        vault,
                        work.resolve("spool"),
                        CaptureSettings.LOCAL,
                        InstantSource.system(),
                        CaptureListener.telling(System.out::println));
        capture.start();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            capture.close();
                            over.countDown();
                        }));
        over.await();
    }

    private void backup(String[] args) throws IOException {
        Vault vault = vault();
        ServerArchive archive = archive();
        SnapshotInfo info =
                new Snapshotter(vault, InstantSource.system())
                        .take(
                                server(archive.server(), args),
                                archive.document().orElseThrow(),
                                new SnapshotId(UUID.randomUUID()),
                                "b" + archive.snapshots().size(),
                                asTheVaultSays(archive),
                                ProgressListener.NONE);
        System.out.println(info.figures());
    }

    private void hold(String[] args) throws IOException {
        ServerArchive archive = archive();
        Lsn now;
        try (WireConnection connection = connect(server(archive.server(), args).socket())) {
            List<@Nullable String> row =
                    connection
                            .query("SELECT pg_switch_wal(), pg_current_wal_flush_lsn()")
                            .getFirst();
            now = Lsn.parse(String.valueOf(row.get(0)));
        }
        if (!asTheVaultSays(archive).awaitHeld(now, HOLD_AT_MOST)) {
            throw new IllegalStateException("the WAL up to " + now + " did not come");
        }
    }

    /** The capture is another process: what it brought stands in the vault's listing. */
    private static HeldWal asTheVaultSays(ServerArchive archive) {
        WalArchive held = new WalArchive(archive.objects());
        return (lsn, atMost) -> {
            long deadline = System.nanoTime() + atMost.toNanos();
            while (System.nanoTime() < deadline) {
                TimelineHistory history = TimelineHistory.ofFirst();
                Optional<Lsn> end = held.end(history.timeline());
                if (end.isPresent() && !end.get().isBefore(lsn)) {
                    return true;
                }
                pause();
            }
            return false;
        };
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void forget(String[] args) throws IOException {
        try (WireConnection connection = connect(server(archive().server(), args).socket())) {
            connection.query(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                            + " WHERE slot_name LIKE 'pgkeep%' AND NOT active");
        }
    }

    private void restore(String[] args, RestoreTarget target) throws IOException {
        Instant began =
                SERVING.get()
                        ? Instant.now()
                        : ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
        Vault vault = vault();
        ServerArchive archive = archive();
        Path root = Path.of(args[3]);
        Path sockets = Files.createDirectories(work.resolve("run"));
        ServerPlace place =
                new ServerPlace(
                        archive.server(),
                        root,
                        new LocalSocket(sockets, Integer.parseInt(args[4])),
                        new Installation(Path.of(args[2]), newest().version()),
                        OperatingSystemUser.forServers(),
                        System.getProperty("user.name"));
        RestorePlan plan =
                new RestorePlanner(vault, InstantSource.system())
                        .plan(archive.server(), target, Optional.empty());
        RestoreOutcome outcome =
                new Restorer(vault, InstantSource.system())
                        .restore(plan, place, ProgressListener.NONE);
        double all = Duration.between(began, Instant.now()).toMillis() / 1000.0;
        StringBuilder figures =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "restore=%.2f ready_rw=%.2f from_start=%.2f",
                                outcome.restore().toMillis() / 1000.0,
                                outcome.ready().toMillis() / 1000.0,
                                all));
        if (args.length > 6) {
            try (WireConnection connection =
                    WireConnection.open(
                            place.socket(), new Login(SUPERUSER, "bench", "pgkeep bench", false))) {
                figures.append(" answer=").append(connection.query(args[6]).getFirst().getFirst());
            }
        }
        place.instance().stop(StopMode.IMMEDIATE, STOP_AT_MOST);
        System.out.println(figures);
    }
}
