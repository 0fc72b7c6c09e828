package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.instance.StopMode;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/** Captures that meet what captures meet: nothing held is lost, and nothing false is promised. */
class CaptureIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void goesOnAfterTheServerWasKilled(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                ledger.setup();
                ledger.start();
                ledger.awaitTransactions(50, PATIENCE);
                world.snapshot(origin, "first");
                for (int i = 0; i < 2; i++) {
                    ledger.awaitTransactions(100, PATIENCE);
                    origin.server.place().instance().stop(StopMode.IMMEDIATE, PATIENCE);
                    origin.server.start();
                }
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void goesOnFromTheVaultWhenTheSpoolIsLost() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                ledger.setup();
                ledger.start();
                ledger.awaitTransactions(50, PATIENCE);
                world.snapshot(origin, "first");
                ledger.awaitTransactions(100, PATIENCE);
                // the service ends while the server goes on, and its spool is lost meanwhile
                origin.capture().close();
                ledger.awaitTransactions(100, PATIENCE);
                delete(world.home().resolve("spool"));
                world.capture(origin);
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void followsThePromotionToANewTimeline(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                ledger.setup();
                ledger.start();
                ledger.awaitTransactions(50, PATIENCE);
                world.snapshot(origin, "on timeline 1");
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();
                promoteInPlace(origin);
                ledger.start();
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();
                // from a snapshot of the old timeline, across the promotion
                assertRestoresLatest(world, origin, ledger);
                WalArchive held =
                        new WalArchive(new ServerArchive(world.vault(), origin.id()).objects());
                assertThat(held.timelines()).containsExactly(new TimelineId(1), new TimelineId(2));
                // and from one of the new
                world.snapshot(origin, "on timeline 2");
                assertRestoresLatest(world, origin, ledger);
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void tellsAHoleAndPromisesNothingInIt() throws Exception {
        try (World world = new World(PostgresBinaries.of(15))) {
            World.Kept origin =
                    world.create(Map.of("min_wal_size", "32MB", "max_wal_size", "32MB"));
            world.snapshot(origin, "before");
            origin.capture().close();
            Lsn heldTo = origin.capture().figures().heldLsn();
            // somebody drops the slot, and the server forgets the WAL
            String slot =
                    World.sql(origin, "postgres", "SELECT slot_name FROM pg_replication_slots")
                            .getFirst()
                            .getFirst();
            World.sql(origin, "postgres", "SELECT pg_drop_replication_slot('" + slot + "')");
            for (int i = 0; i < 6; i++) {
                World.sql(
                        origin, "postgres", "SELECT pg_switch_wal(), pg_create_restore_point('x')");
                World.sql(origin, "postgres", "CHECKPOINT");
            }
            Instant inTheHole = Instant.now();
            World.sql(origin, "postgres", "SELECT pg_switch_wal()");

            world.capture(origin);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).hasSize(1);
            assertThat(origin.holes.getFirst().from()).isEqualTo(heldTo);
            assertThat(origin.holes.getFirst().cause()).contains("dropped its replication slot");
            assertThat(new ServerArchive(world.vault(), origin.id()).holes())
                    .isEqualTo(origin.holes);

            world.snapshot(origin, "behind");
            List<RestorableRange> ranges =
                    new Ranges(
                                    new ServerArchive(world.vault(), origin.id()),
                                    origin.capture().figures().heldThrough())
                            .list();
            assertThat(ranges).hasSize(2);
            assertThat(ranges.get(0).toTime()).isBefore(inTheHole);
            assertThat(ranges.get(1).fromTime()).isAfter(inTheHole);
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> world.plan(origin, new RestoreTarget.ToTime(inTheHole)))
                    .isInstanceOf(org.pgkeep.failure.Failure.class)
                    .hasMessageContaining("is not held");
            // behind the hole everything is well
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(restored.outcome().checks()).isNotEmpty();
        }
    }

    @Test
    void asksForNothingOldAfterAHoleAndAPromotion() throws Exception {
        try (World world = new World(PostgresBinaries.of(15))) {
            World.Kept origin =
                    world.create(Map.of("min_wal_size", "32MB", "max_wal_size", "32MB"));
            world.snapshot(origin, "before");
            World.sql(origin, "postgres", "SELECT pg_create_restore_point('left')");
            World.sql(origin, "postgres", "CREATE TABLE flushed()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            origin.capture().close();
            forgetWal(origin);
            world.capture(origin);
            World.sql(origin, "postgres", "CREATE TABLE behind_the_hole()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).hasSize(1);
            world.snapshot(origin, "behind");
            World.sql(origin, "postgres", "SELECT pg_create_restore_point('right')");
            for (int i = 0; i < 6; i++) {
                World.sql(origin, "postgres", "CREATE TABLE more" + i + "()");
                World.sql(origin, "postgres", "SELECT pg_switch_wal()");
                World.sql(origin, "postgres", "CHECKPOINT");
            }
            promoteInPlace(origin);
            World.sql(origin, "postgres", "CREATE TABLE promoted()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).hasSize(1);
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(World.sql(restored.server(), "postgres", "TABLE promoted")).isEmpty();
            // what happened on both sides of the hole is found
            assertThat(
                            Moments.list(
                                    new ServerArchive(world.vault(), origin.id()),
                                    Instant.EPOCH,
                                    true))
                    .filteredOn(each -> each.kind() == Moment.Kind.RESTORE_POINT)
                    .extracting(Moment::restorePoint)
                    .containsExactly("left", "right");
        }
    }

    @Test
    void restoresMomentsBeforeAPromotion() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "on timeline 1");
            World.sql(origin, "postgres", "CREATE TABLE early()");
            Instant moment = Instant.now();
            World.sql(origin, "postgres", "CREATE TABLE late()");
            promoteInPlace(origin);
            World.sql(origin, "postgres", "CREATE TABLE promoted()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();

            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.ToTime(moment))).server();
            assertThat(tables(copy)).containsExactly("early");
            // and it is protected like any other
            world.capture(copy);
            world.snapshot(copy, "of the copy");
            World.sql(copy, "postgres", "CREATE TABLE own()");
            assertThat(copy.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Kept again = world.restore(world.plan(copy, new RestoreTarget.Latest())).server();
            assertThat(tables(again)).containsExactly("early", "own");
        }
    }

    @Test
    void promisesNothingOfAServerThatWasSetBack() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            Path data = origin.server.place().dataDirectory();
            origin.server.stop();
            run("cp", "-a", data.toString(), data.resolveSibling("then").toString());
            origin.server.start();
            World.sql(
                    origin,
                    "postgres",
                    "CREATE TABLE big AS SELECT md5(i::text) FROM generate_series(1, 100000) AS i");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            // the machine goes back to an older picture of itself, as virtual machines can
            origin.server.stop();
            run("rm", "-r", data.toString());
            run("mv", data.resolveSibling("then").toString(), data.toString());
            origin.server.start();
            World.sql(origin, "postgres", "CREATE TABLE other()");
            Instant later = Instant.now();
            assertThat(origin.capture().awaitHeldThrough(later, Duration.ofSeconds(5))).isFalse();
            assertThat(origin.capture().state()).isInstanceOf(CaptureState.Connecting.class);
        }
    }

    @Test
    void shipsWhatIsSpooledThoughTheServerIsGone() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            Path vault = world.home().resolve("vault");
            Path away = world.home().resolve("away");
            Files.move(vault, away);
            // nothing is to be made in its place
            Files.createFile(vault);
            World.sql(origin, "postgres", "CREATE TABLE precious AS SELECT 1 AS a");
            Lsn written =
                    Lsn.parse(
                            World.sql(origin, "postgres", "SELECT pg_current_wal_flush_lsn()")
                                    .getFirst()
                                    .getFirst());
            awaitConfirmed(origin, written);
            // pgkeep ends, the server is lost, and the vault comes back
            origin.capture().close();
            origin.server.place().instance().stop(StopMode.IMMEDIATE, PATIENCE);
            Files.delete(vault);
            Files.move(away, vault);
            // however soon this one is closed
            world.capture(origin);
            origin.capture().close();
            WalArchive held =
                    new WalArchive(new ServerArchive(world.vault(), origin.id()).objects());
            assertThat(held.end(TimelineId.FIRST).orElseThrow()).isGreaterThanOrEqualTo(written);
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(World.sql(restored.server(), "postgres", "TABLE precious")).hasSize(1);
        }
    }

    @Test
    void cutsOffWhatACrashOfTheMachineLeftInTheSpool() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            World.sql(origin, "postgres", "CREATE TABLE before()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            origin.capture().close();
            // file sizes come back from a crash, bytes that were not synced do not
            Path spool = world.home().resolve("spool").resolve(origin.id().toString());
            try (Stream<Path> files = Files.list(spool)) {
                Path newest = files.max(Comparator.naturalOrder()).orElseThrow();
                Files.write(newest, new byte[30_000], StandardOpenOption.APPEND);
            }
            World.sql(origin, "postgres", "CREATE TABLE behind()");
            world.capture(origin);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(tables(copy)).containsExactly("before", "behind");
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void shipsWhileTheHeartbeatHangs() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            String pid =
                    World.sql(
                                    origin,
                                    "postgres",
                                    "SELECT pid FROM pg_stat_activity WHERE application_name ="
                                            + " 'pgkeep heartbeat'")
                            .getFirst()
                            .getFirst();
            run("kill", "-STOP", pid);
            try {
                World.sql(origin, "postgres", "CREATE TABLE one()");
                Lsn written =
                        Lsn.parse(
                                World.sql(origin, "postgres", "SELECT pg_current_wal_flush_lsn()")
                                        .getFirst()
                                        .getFirst());
                assertThat(origin.capture().awaitHeld(written, Duration.ofSeconds(30))).isTrue();
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), Duration.ofSeconds(30)))
                        .isTrue();
            } finally {
                run("kill", "-CONT", pid);
            }
        }
    }

    @Test
    void shipsAtOnceWhatSomebodyWaitsFor() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.createUncaptured(Map.of());
            origin.settings = World.QUICK.shippingEvery(Duration.ofHours(1));
            world.capture(origin);
            for (int i = 0; i < 2; i++) {
                World.sql(origin, "postgres", "CREATE TABLE awaited" + i + "()");
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            }
            world.snapshot(origin, "waits for its own end");
        }
    }

    @Test
    void movesTheLatestMomentOfAnIdleServerWithoutWal() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin =
                    world.create(Map.of("autovacuum", "off", "checkpoint_timeout", "1h"));
            world.snapshot(origin, "first");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            Lsn before = origin.capture().figures().serverLsn();
            Instant later = Instant.now();
            assertThat(origin.capture().awaitHeldThrough(later, PATIENCE)).isTrue();
            assertThat(origin.capture().state()).isInstanceOf(CaptureState.Streaming.class);
            assertThat(origin.capture().figures().serverLsn()).isEqualTo(before);
            // and it can be restored, though no commit lies behind it
            assertThat(world.plan(origin, new RestoreTarget.ToTime(later)).stopBefore()).isEmpty();
        }
    }

    @Test
    void restoresOfRestoresFourDeep() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept current = world.create(Map.of());
            for (int depth = 1; depth <= 4; depth++) {
                World.sql(current, "postgres", "CREATE TABLE depth" + depth + "()");
                world.snapshot(current, "of depth " + depth);
                World.sql(current, "postgres", "CREATE TABLE wal" + depth + "()");
                assertThat(current.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
                World.Restored restored =
                        world.restore(world.plan(current, new RestoreTarget.Latest()));
                assertThat(restored.outcome().endTimeline()).isEqualTo(new TimelineId(depth + 1));
                current = restored.server();
                world.capture(current);
                for (int seen = 1; seen <= depth; seen++) {
                    assertThat(World.sql(current, "postgres", "TABLE depth" + seen)).isEmpty();
                    assertThat(World.sql(current, "postgres", "TABLE wal" + seen)).isEmpty();
                }
            }
        }
    }

    private static Ledger ledger(World.Kept origin) {
        return Ledger.on(World.jdbcUrl(origin), LedgerPlan.defaults().pace(300));
    }

    private static void assertRestoresLatest(World world, World.Kept origin, Ledger ledger)
            throws Exception {
        assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
        World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
        try (Connection connection = World.connect(restored.server())) {
            ledger.check(connection, Target.latest()).orThrow();
        }
        restored.server().server.removeRoot();
    }

    /**
     * Archive recovery to the end of its own WAL: what a promotion does to a primary's timeline.
     */
    static void promoteInPlace(World.Kept origin) {
        origin.server.stop();
        origin.server.write("postgresql.auto.conf", "restore_command = 'false'\n");
        origin.server.write("recovery.signal", "");
        origin.server.start();
        for (int i = 0; i < 300; i++) {
            if (World.sql(origin, "postgres", "SELECT pg_is_in_recovery()")
                    .getFirst()
                    .getFirst()
                    .equals("f")) {
                return;
            }
            World.pause();
        }
        throw new IllegalStateException("the server was not promoted");
    }

    /** Somebody drops the slot, and the server forgets the WAL. */
    private static void forgetWal(World.Kept origin) {
        World.sql(
                origin,
                "postgres",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
        for (int i = 0; i < 6; i++) {
            World.sql(origin, "postgres", "SELECT pg_switch_wal(), pg_create_restore_point('x')");
            World.sql(origin, "postgres", "CHECKPOINT");
        }
        World.sql(origin, "postgres", "SELECT pg_switch_wal(), pg_create_restore_point('y')");
    }

    private static void awaitConfirmed(World.Kept origin, Lsn lsn) {
        for (int i = 0; i < 300; i++) {
            String kept =
                    World.sql(origin, "postgres", "SELECT restart_lsn FROM pg_replication_slots")
                            .getFirst()
                            .getFirst();
            if (!Lsn.parse(kept).isBefore(lsn)) {
                return;
            }
            World.pause();
        }
        throw new IllegalStateException("the capture confirms nothing");
    }

    private static List<String> tables(World.Kept of) {
        return World.sql(
                        of,
                        "postgres",
                        "SELECT relname FROM pg_class WHERE relnamespace ="
                                + " 'public'::regnamespace ORDER BY 1")
                .stream()
                .map(List::getFirst)
                .toList();
    }

    private static void run(String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
