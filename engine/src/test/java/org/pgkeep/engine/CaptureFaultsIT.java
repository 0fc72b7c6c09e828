package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.engine.slot.WalLimit;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.instance.StopMode;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;
import org.pgkeep.vault.LogRange;

/**
 * What goes wrong around a capture: after each of it no held byte is lost, no moment is promised
 * that can't be restored, and one sentence says what happened.
 */
class CaptureFaultsIT {
    static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int SEGMENT_BYTES = 16 << 20;

    /** About 1 MiB of WAL a row. */
    static final String MUCH =
            "INSERT INTO much SELECT (SELECT string_agg(md5((i * k)::text), '') FROM"
                    + " generate_series(1, 32768) AS k) FROM generate_series(1, %d) AS i";

    @Test
    void refusesWhoeverElseAnswersOnTheSocket() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            origin.server.stop();
            Lsn held = origin.capture().figures().heldLsn();
            // a copy of it: the same system identifier, another data directory
            ServerPlace copy = elsewhere(world, origin);
            Files.createDirectories(copy.root());
            copy.runAs().own(copy.root());
            run("cp", "-a", data(origin).toString(), copy.dataDirectory().toString());
            copy.instance().start(PATIENCE);
            World.sql(origin, "postgres", "CREATE TABLE of_the_copy()");
            await(() -> trouble(origin).contains("a copy with the same system identifier"));
            copy.instance().stop(StopMode.FAST, PATIENCE);
            // another cluster
            ServerPlace other = elsewhere(world, origin);
            ManagedServer foreign = new ManagedServer(other);
            foreign.create(Map.of());
            await(() -> trouble(origin).contains("expected " + origin.document.systemIdentifier()));
            foreign.removeRoot();
            // and back to the right one
            origin.server.start();
            World.sql(origin, "postgres", "CREATE TABLE own()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.capture().figures().heldLsn()).isGreaterThan(held);
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void goesOnSpoolingWithoutAVaultAndShipsAllWhenItIsBack() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                world.store().away(true);
                ledger.awaitTransactions(100, PATIENCE);
                await(() -> warns(origin, CaptureWarning.Kind.VAULT_AWAY));
                // ten minutes by -Dpgkeep.away=600
                Thread.sleep(Duration.ofSeconds(Integer.getInteger("pgkeep.away", 0)));
                // even across a lost connection
                Lsn written = flushed(origin);
                World.sql(
                        origin,
                        "postgres",
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
                ledger.awaitTransactions(100, PATIENCE);
                await(() -> confirmed(origin).isAfter(written));
                // and across an end of pgkeep
                origin.capture().close();
                world.capture(origin);
                Lsn later = flushed(origin);
                ledger.awaitTransactions(100, PATIENCE);
                await(() -> confirmed(origin).isAfter(later));
                world.store().away(false);
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
            }
            assertThat(origin.holes).isEmpty();
            assertThat(origin.capture().figures().warnings()).isEmpty();
        }
    }

    @Test
    void leavesTheWalWithTheServerWhenTheSpoolIsFull() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            World.sql(origin, "postgres", "CREATE TABLE much(t text)");
            world.snapshot(origin, "first");
            origin.capture().close();
            origin.settings = World.QUICK.bounded(64L << 20, WalLimit.DEFAULT);
            world.capture(origin);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            world.store().away(true);
            World.sql(origin, "postgres", "ALTER TABLE much ALTER t SET STORAGE EXTERNAL");
            World.sql(origin, "postgres", String.format(java.util.Locale.ROOT, MUCH, 90));
            await(() -> origin.capture().state() instanceof CaptureState.SpoolFull);
            assertThat(origin.capture().figures().spoolBytes()).isLessThanOrEqualTo(64L << 20);
            assertThat(warns(origin, CaptureWarning.Kind.SPOOL_FULL)).isTrue();
            world.store().away(false);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(World.sql(restored.server(), "postgres", "SELECT count(*) FROM much"))
                    .isEqualTo(List.of(List.of("90")));
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void recoversByItselfFromAFullDisk() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            World.sql(origin, "postgres", "CREATE TABLE much(t text)");
            World.sql(origin, "postgres", "ALTER TABLE much ALTER t SET STORAGE EXTERNAL");
            world.snapshot(origin, "first");
            origin.capture().close();
            Path small = Files.createDirectory(world.home().resolve("small"));
            boolean mounted =
                    new ProcessBuilder(
                                            "mount",
                                            "-t",
                                            "tmpfs",
                                            "-o",
                                            "size=40m",
                                            "pgkeep",
                                            small.toString())
                                    .start()
                                    .waitFor()
                            == 0;
            Assumptions.assumeTrue(mounted, "a small disk can't be mounted here: needs root");
            try {
                world.spool(small);
                world.capture(origin);
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
                world.store().away(true);
                World.sql(origin, "postgres", String.format(java.util.Locale.ROOT, MUCH, 60));
                await(() -> trouble(origin).contains("No space left"));
                world.store().away(false);
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
                World.Restored restored =
                        world.restore(world.plan(origin, new RestoreTarget.Latest()));
                assertThat(World.sql(restored.server(), "postgres", "SELECT count(*) FROM much"))
                        .isEqualTo(List.of(List.of("60")));
                assertThat(origin.holes).isEmpty();
            } finally {
                origin.capture().close();
                run("umount", "-l", small.toString());
            }
        }
    }

    @Test
    void asksAgainForWhatWasRemovedFromTheSpool() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("wal_keep_size", "512MB"));
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                world.store().away(true);
                ledger.awaitTransactions(100, PATIENCE);
                // all that is confirmed and not in the vault yet
                emptySpool(world, origin);
                ledger.awaitTransactions(100, PATIENCE);
                await(() -> !trouble(origin).isEmpty());
                Lsn stands = confirmed(origin);
                ledger.awaitTransactions(50, PATIENCE);
                assertThat(confirmed(origin)).isEqualTo(stands);
                world.store().away(false);
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
            }
        }
    }

    /** Units are stored side by side: one may have arrived without the one before it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tellsOfAGapInTheSpoolAndFillsItFromTheServer(boolean nextArrived) throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("wal_keep_size", "512MB"));
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                world.store().away(true);
                for (int i = 0; i < 3; i++) {
                    ledger.awaitTransactions(30, PATIENCE);
                    World.sql(origin, "postgres", "SELECT pg_switch_wal()");
                }
                ledger.awaitTransactions(30, PATIENCE);
                ledger.stop();
                Lsn written = flushed(origin).floor(8192);
                await(() -> !confirmed(origin).isBefore(written));
                origin.capture().close();
                world.store().away(false);
                WalArchive held =
                        new WalArchive(new ServerArchive(world.vault(), origin.id()).objects());
                // neither what the vault has, nor what follows right behind it
                Lsn heldTo = held.end(TimelineId.FIRST).orElseThrow();
                WalSegment removed =
                        WalSegment.containing(TimelineId.FIRST, heldTo, SEGMENT_BYTES).next();
                Path file = spool(world, origin).resolve(removed.fileName());
                assertThat(spooled(world, origin)).contains(file).last().isNotEqualTo(file);
                if (nextArrived) {
                    WalSegment next = removed.next();
                    byte[] bytes =
                            Files.readAllBytes(spool(world, origin).resolve(next.fileName()));
                    new ServerArchive(world.vault(), origin.id())
                            .objects()
                            .putLog(range(next), bytes, 0);
                }
                Files.delete(file);
                world.capture(origin);
                await(() -> origin.holes.size() == 1);
                assertThat(origin.holes.getFirst().cause())
                        .contains("removed before it reached the vault");
                assertRestoresLatest(world, origin, ledger);
                assertThat(held.stretches(TimelineId.FIRST)).hasSize(1);
            }
        }
    }

    @Test
    void takesNothingOfAServerThatWasSetBackAndWroteOtherWal() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            origin.server.stop();
            run("cp", "-a", data(origin).toString(), data(origin) + ".then");
            origin.server.start();
            World.sql(origin, "postgres", "CREATE TABLE held()");
            World.sql(origin, "postgres", "SELECT pg_switch_wal()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            origin.server.stop();
            origin.capture().close();
            Lsn held = origin.capture().figures().heldLsn();
            run("rm", "-r", data(origin).toString());
            run("mv", data(origin) + ".then", data(origin).toString());
            origin.server.start();
            for (int i = 0; i < 4; i++) {
                World.sql(origin, "postgres", "CREATE TABLE other" + i + "()");
                World.sql(origin, "postgres", "SELECT pg_switch_wal()");
            }
            assertThat(flushed(origin)).isGreaterThan(held);
            world.capture(origin);
            await(() -> trouble(origin).contains("set back to an older state"));
            WalArchive archive =
                    new WalArchive(new ServerArchive(world.vault(), origin.id()).objects());
            assertThat(archive.end(TimelineId.FIRST)).contains(held);
        }
    }

    @Test
    void letsOnlyOneOfTwoCapturesReceiveAndTheOtherTakeOver() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            var first = origin.capture();
            world.spool(world.home().resolve("spool of the other"));
            world.capture(origin);
            await(() -> trouble(origin).contains("another pgkeep"));
            World.sql(origin, "postgres", "CREATE TABLE early()");
            assertThat(first.awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            first.close();
            World.sql(origin, "postgres", "CREATE TABLE late()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            World.sql(restored.server(), "postgres", "TABLE early");
            World.sql(restored.server(), "postgres", "TABLE late");
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void costsTheStoreNothingWhileTheServerIsIdle() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin =
                    world.create(Map.of("autovacuum", "off", "checkpoint_timeout", "1h"));
            World.sql(origin, "postgres", "CHECKPOINT");
            // a running transaction's record may still come, 15 s after the last one at most
            await(() -> isQuiet(world, origin));
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            int before = world.store().calls();
            for (int i = 0; i < 10; i++) {
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            }
            assertThat(world.store().calls()).isEqualTo(before);
        }
    }

    @Test
    void losesNothingWhenItIsKilledAtAnyInstant() throws Exception {
        int kills = Integer.getInteger("pgkeep.kills", 2);
        long seed = Long.getLong("pgkeep.seed", System.nanoTime());
        Random random = new Random(seed);
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                origin.capture().close();
                for (int i = 0; i < kills; i++) {
                    try (CaptureProcess process = CaptureProcess.start(world, origin, false)) {
                        Lsn written = flushed(origin);
                        await(() -> confirmed(origin).isAfter(written));
                        Thread.sleep(random.nextInt(500));
                        process.kill();
                    }
                }
                ledger.stop();
                world.capture(origin);
                assertRestoresLatest(world, origin, ledger);
            } catch (Throwable failed) {
                throw new AssertionError("with -Dpgkeep.seed=" + seed, failed);
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void losesNoAcknowledgedCommitOfASynchronousServer() throws Exception {
        int kills = Integer.getInteger("pgkeep.kills", 1);
        for (int i = 0; i < kills; i++) {
            try (World world = new World(PostgresBinaries.newest())) {
                World.Kept origin = world.create(Map.of());
                try (Ledger ledger = ledger(origin)) {
                    begin(world, origin, ledger);
                    origin.capture().close();
                    long server;
                    try (CaptureProcess process = CaptureProcess.start(world, origin, true)) {
                        await(() ->
                                World.sql(
                                                origin,
                                                "postgres",
                                                "SELECT sync_state FROM pg_stat_replication")
                                        .equals(List.of(List.of("sync"))));
                        ledger.awaitTransactions(300, PATIENCE);
                        server = origin.server.pid().orElseThrow();
                        run("kill", "-9", Long.toString(server), Long.toString(process.pid()));
                    }
                    ledger.stop();
                    origin.server.place().instance().stop(StopMode.IMMEDIATE, PATIENCE);
                    // the server is gone for good: the vault and the spool are all there is
                    run("mv", data(origin).toString(), data(origin) + ".gone");
                    origin.settings = World.QUICK.synchronously(true);
                    world.capture(origin);
                    origin.capture().close();
                    origin.capture = null;
                    World.Restored restored =
                            world.restore(world.plan(origin, new RestoreTarget.Latest()));
                    try (Connection connection = World.connect(restored.server())) {
                        ledger.check(connection, Target.latest()).orThrow();
                    }
                    run("mv", data(origin) + ".gone", data(origin).toString());
                }
            }
        }
    }

    @Test
    void commitsWaitWhileASynchronousServerIsNotCaptured() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            origin.capture().close();
            origin.settings = World.QUICK.synchronously(true);
            world.capture(origin);
            await(() -> origin.capture().figures().synchronous());
            World.sql(origin, "postgres", "CREATE TABLE confirmed()");
            origin.capture().close();
            Thread waiting =
                    Thread.ofVirtual()
                            .start(() -> World.sql(origin, "postgres", "CREATE TABLE waits()"));
            await(() ->
                    World.sql(
                                    origin,
                                    "postgres",
                                    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                            .equals(List.of(List.of("1"))));
            // the switch out of it
            World.sql(origin, "postgres", "ALTER SYSTEM SET synchronous_standby_names = ''");
            World.sql(origin, "postgres", "SELECT pg_reload_conf()");
            assertThat(waiting.join(PATIENCE)).isTrue();
            // and a capture that is not synchronous leaves it so
            origin.settings = World.QUICK;
            world.capture(origin);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.capture().figures().synchronous()).isFalse();
        }
    }

    // ---- what the tests have in common

    static Ledger ledger(World.Kept origin) {
        return Ledger.on(World.jdbcUrl(origin), LedgerPlan.defaults().pace(300));
    }

    static void begin(World world, World.Kept origin, Ledger ledger) throws Exception {
        ledger.setup();
        ledger.start();
        ledger.awaitTransactions(50, PATIENCE);
        world.snapshot(origin, "first");
    }

    static void assertRestoresLatest(World world, World.Kept origin, Ledger ledger)
            throws Exception {
        assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
        World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
        try (Connection connection = World.connect(restored.server())) {
            ledger.check(connection, Target.latest()).orThrow();
        }
    }

    static boolean isQuiet(World world, World.Kept origin) {
        int calls = world.store().calls();
        Lsn end = flushed(origin);
        for (int i = 0; i < 20; i++) {
            World.pause();
        }
        return world.store().calls() == calls && flushed(origin).equals(end);
    }

    static String trouble(World.Kept of) {
        return of.capture().state() instanceof CaptureState.Connecting(String why) ? why : "";
    }

    static boolean warns(World.Kept of, CaptureWarning.Kind kind) {
        return of.capture().figures().warnings().stream().anyMatch(each -> each.kind() == kind);
    }

    static Lsn flushed(World.Kept of) {
        return Lsn.parse(one(of, "SELECT pg_current_wal_flush_lsn()"));
    }

    static Lsn confirmed(World.Kept of) {
        return Lsn.parse(one(of, "SELECT restart_lsn FROM pg_replication_slots"));
    }

    static String one(World.Kept of, String sql) {
        return World.sql(of, "postgres", sql).getFirst().getFirst();
    }

    static Path data(World.Kept of) {
        return of.server.place().dataDirectory();
    }

    static ServerPlace elsewhere(World world, World.Kept origin) throws IOException {
        ServerPlace any = world.newPlace();
        return new ServerPlace(
                any.id(),
                any.root(),
                origin.server.place().socket(),
                any.installation(),
                any.runAs(),
                any.owner());
    }

    static List<Path> spooled(World world, World.Kept origin) throws IOException {
        try (Stream<Path> files = Files.list(spool(world, origin))) {
            return files.sorted().toList();
        }
    }

    static LogRange range(WalSegment of) {
        return new LogRange(of.timeline().value(), of.start().value(), of.end().value());
    }

    static Path spool(World world, World.Kept origin) {
        return world.home().resolve("spool").resolve(origin.id().toString());
    }

    static void emptySpool(World world, World.Kept origin) throws IOException {
        for (Path each : spooled(world, origin)) {
            Files.delete(each);
        }
    }

    static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    static void await(BooleanSupplier come) {
        for (int i = 0; i < 600; i++) {
            if (come.getAsBoolean()) {
                return;
            }
            World.pause();
        }
        throw new AssertionError("it did not come to that");
    }
}
