package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.engine.wal.CaptureState;
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
            assertThat(origin.holes.getFirst()).isGreaterThan(heldTo);

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
    private static void promoteInPlace(World.Kept origin) {
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

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
