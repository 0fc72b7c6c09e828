package org.pgkeep.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.WalCapture;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/**
 * How fast WAL that a server has already is captured: received, fsynced, sealed and stored. Slots
 * named {@code pgkeep_<id>} that begin before that WAL have to be there, one for each run.
 *
 * <p>{@code CaptureSpeed WORK DATA SOCKETS PORT END ID...}; END is the position to come to. One
 * line a run; the first ones warm the machine up.
 *
 * <p>{@code CaptureSpeed latency WORK DATA SOCKETS PORT ID}: commits, one after the other, on a
 * server whose commits wait for the capture, and how long each took to be in the vault.
 */
public final class CaptureSpeed {
    private static final Duration AT_MOST = Duration.ofMinutes(5);
    private static final int COMMITS = 200;

    private CaptureSpeed() {}

    /** See the class. */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("latency")) {
            latency(Path.of(args[1]), Path.of(args[2]), socket(args, 3), UUID.fromString(args[5]));
            return;
        }
        Lsn end = Lsn.parse(args[4]);
        for (int i = 5; i < args.length; i++) {
            run(
                    Path.of(args[0]).resolve("run" + i),
                    Path.of(args[1]),
                    socket(args, 2),
                    UUID.fromString(args[i]),
                    end);
        }
    }

    private static LocalSocket socket(String[] args, int at) {
        return new LocalSocket(Path.of(args[at]), Integer.parseInt(args[at + 1]));
    }

    private static void run(Path work, Path data, LocalSocket socket, UUID id, Lsn end)
            throws IOException {
        Lsn from;
        try (WireConnection sql = connect(socket)) {
            from =
                    Lsn.parse(
                                    String.valueOf(
                                            sql.query(
                                                            "SELECT restart_lsn FROM pg_replication_slots"
                                                                    + " WHERE slot_name = 'pgkeep_"
                                                                    + id.toString().replace("-", "")
                                                                    + "'")
                                                    .getFirst()
                                                    .getFirst()))
                            .floor(16 << 20);
        }
        long began = System.nanoTime();
        try (WalCapture capture = open(work, data, socket, id, CaptureSettings.LOCAL)) {
            if (!capture.awaitHeld(end, AT_MOST)) {
                throw new IllegalStateException("not held: " + capture.figures());
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            double mib = end.minus(from) / 1048576.0;
            System.out.printf(
                    Locale.ROOT,
                    "capture mib=%.0f seconds=%.2f mib_per_s=%.1f stored_mib=%.1f%n",
                    mib,
                    seconds,
                    mib / seconds,
                    stored(work.resolve("repo")) / 1048576.0);
        }
    }

    private static long stored(Path repo) throws IOException {
        try (var files = Files.walk(repo)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void latency(Path work, Path data, LocalSocket socket, UUID id)
            throws IOException, InterruptedException {
        CaptureSettings settings =
                CaptureSettings.LOCAL.synchronously(true).shippingEvery(Duration.ofMillis(50));
        try (WalCapture capture = open(work, data, socket, id, settings);
                WireConnection sql = connect(socket)) {
            while (!capture.figures().synchronous()) {
                Thread.sleep(100);
            }
            sql.query("CREATE TABLE IF NOT EXISTS pgkeep_latency(i int)");
            double[] commit = new double[COMMITS];
            double[] held = new double[COMMITS];
            for (int i = 0; i < COMMITS; i++) {
                Thread.sleep(7 + i % 60);
                long began = System.nanoTime();
                sql.query("INSERT INTO pgkeep_latency VALUES (1)");
                commit[i] = (System.nanoTime() - began) / 1e6;
                Lsn end =
                        Lsn.parse(
                                String.valueOf(
                                        sql.query("SELECT pg_current_wal_flush_lsn()")
                                                .getFirst()
                                                .getFirst()));
                capture.awaitHeld(end, AT_MOST);
                held[i] = (System.nanoTime() - began) / 1e6;
            }
            System.out.println("latency commit_ms " + spread(commit));
            System.out.println("latency held_ms " + spread(held));
            sql.query("ALTER SYSTEM SET synchronous_standby_names = ''");
            sql.query("SELECT pg_reload_conf()");
        }
    }

    private static String spread(double[] values) {
        java.util.Arrays.sort(values);
        return String.format(
                Locale.ROOT,
                "median=%.1f p95=%.1f max=%.1f",
                values[values.length / 2],
                values[values.length * 95 / 100],
                values[values.length - 1]);
    }

    private static WireConnection connect(LocalSocket socket) {
        return WireConnection.open(
                socket, new Login("postgres", "postgres", "pgkeep bench", false));
    }

    private static WalCapture open(
            Path work, Path data, LocalSocket socket, UUID id, CaptureSettings settings)
            throws IOException {
        Files.createDirectories(work);
        ServerId server = new ServerId(id);
        ControlFile control = ControlFile.read(data.resolve("global/pg_control"));
        PostgresVersion version;
        try (WireConnection connection = connect(socket)) {
            version = PostgresVersion.parse(connection.parameter("server_version"));
        }
        SecureRandom random = new SecureRandom();
        Vault vault =
                Vault.create(
                        DirectoryStore.make(work.resolve("repo"), InstantSource.system()),
                        List.of(VaultKey.KeyFile.random(random)),
                        random,
                        InstantSource.system());
        ServerDocument document =
                new ServerDocument(
                        server,
                        "bench",
                        "bench",
                        version,
                        Long.toUnsignedString(control.systemIdentifier()),
                        control.walSegmentBytes(),
                        Instant.now(),
                        Optional.empty(),
                        Map.of());
        new ServerArchive(vault, server).write(document);
        WalCapture capture =
                new WalCapture(
                        new ProtectedServer(server, data, socket, "postgres"),
                        document,
                        vault,
                        work.resolve("spool"),
                        settings,
                        InstantSource.system(),
                        CaptureListener.telling(System.out::println));
        capture.start();
        return capture;
    }
}
