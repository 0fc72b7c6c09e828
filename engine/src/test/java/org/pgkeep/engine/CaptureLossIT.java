package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.pgkeep.engine.CaptureFaultsIT.PATIENCE;
import static org.pgkeep.engine.CaptureFaultsIT.assertRestoresLatest;
import static org.pgkeep.engine.CaptureFaultsIT.await;
import static org.pgkeep.engine.CaptureFaultsIT.begin;
import static org.pgkeep.engine.CaptureFaultsIT.data;
import static org.pgkeep.engine.CaptureFaultsIT.flushed;
import static org.pgkeep.engine.CaptureFaultsIT.ledger;
import static org.pgkeep.engine.CaptureFaultsIT.one;
import static org.pgkeep.engine.CaptureFaultsIT.run;
import static org.pgkeep.engine.CaptureFaultsIT.warns;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.restore.Holes;
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerConfiguration;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.engine.slot.WalLimit;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;

/**
 * Servers that give WAL up, lose their slot, or go back and on along another way while they are
 * captured: what is lost is a hole with its cause, what is not lost stays, and nothing else is
 * promised.
 */
class CaptureLossIT {
    /** So that a checkpoint removes what nothing needs. */
    private static final Map<String, String> FORGETFUL =
            Map.of("min_wal_size", "32MB", "max_wal_size", "32MB");

    private static final long LIMIT = 64L << 20;

    @Test
    void tellsAHoleWhenTheServerGoesFirst() throws Exception {
        try (World world = new World(PostgresBinaries.rotating().getFirst())) {
            World.Kept origin = world.createUncaptured(FORGETFUL);
            origin.settings = bounded(WalLimit.First.SERVER);
            world.capture(origin);
            world.snapshot(origin, "before");
            await(() -> one(origin, "SHOW max_slot_wal_keep_size").equals("64MB"));
            // the vault goes away, the spool fills, and then what the server may keep
            world.store().away(true);
            write(origin, 5);
            await(() -> origin.capture().state() instanceof CaptureState.SpoolFull);
            Lsn reached = origin.capture().figures().serverLsn();
            assertThat(reached).isGreaterThan(Lsn.ZERO);
            for (int i = 0; !warns(origin, CaptureWarning.Kind.SLOT_NEARLY_LOST); i++) {
                assertThat(i).as("never warned").isLessThan(8);
                assertThat(warns(origin, CaptureWarning.Kind.SLOT_LOST)).isFalse();
                write(origin, 1);
                awaitLook(origin);
            }
            write(origin, 5);
            Instant inTheHole = Instant.now();
            write(origin, 1);
            await(() -> warns(origin, CaptureWarning.Kind.SLOT_LOST));
            // nothing is promised meanwhile, and nothing of what was held is lost
            world.store().away(false);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).hasSize(1);
            Hole hole = origin.holes.getFirst();
            assertThat(hole.cause()).contains("max_slot_wal_keep_size");
            assertThat(Holes.list(archive(world, origin))).isEqualTo(origin.holes);
            assertThat(ranges(world, origin))
                    .singleElement()
                    .satisfies(range -> assertThat(range.toLsn()).isEqualTo(hole.from()));
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> world.plan(origin, new RestoreTarget.ToTime(inTheHole)));
            world.snapshot(origin, "behind");
            assertThat(ranges(world, origin))
                    .hasSize(2)
                    .last()
                    .satisfies(
                            range -> assertThat(range.fromLsn()).isGreaterThanOrEqualTo(hole.to()));
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(World.sql(restored.server(), "postgres", "SELECT count(*) FROM written"))
                    .isEqualTo(World.sql(origin, "postgres", "SELECT count(*) FROM written"));
            await(() -> origin.capture().figures().warnings().isEmpty());
        }
    }

    @Test
    void losesNothingWhenTheRecoverabilityGoesFirst() throws Exception {
        try (World world = new World(PostgresBinaries.rotating().get(1))) {
            World.Kept origin = world.createUncaptured(FORGETFUL);
            origin.settings = bounded(WalLimit.First.RECOVERABILITY);
            world.capture(origin);
            world.snapshot(origin, "before");
            await(() -> one(origin, "SHOW max_slot_wal_keep_size").equals("-1"));
            origin.capture().close();
            write(origin, 12);
            assertThat(one(origin, "SELECT wal_status FROM pg_replication_slots"))
                    .isEqualTo("extended");
            world.capture(origin);
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).isEmpty();
            World.Restored restored = world.restore(world.plan(origin, new RestoreTarget.Latest()));
            assertThat(World.sql(restored.server(), "postgres", "SELECT count(*) FROM written"))
                    .isEqualTo(List.of(List.of("12")));
        }
    }

    @Test
    void goesOnWhenItsSlotIsDroppedWhileItStreams() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("wal_keep_size", "512MB"));
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                for (int i = 0; i < 3; i++) {
                    dropSlot(origin);
                    ledger.awaitTransactions(50, PATIENCE);
                    await(() -> origin.capture().state() instanceof CaptureState.Streaming);
                }
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
                assertThat(one(origin, "SELECT count(*) FROM pg_replication_slots")).isEqualTo("1");
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    @Test
    void followsAServerThatWasRewoundToAnothersHistory() throws Exception {
        Path rewind = Path.of("/usr/lib/postgresql/15/bin/pg_rewind");
        Assumptions.assumeTrue(
                Files.isExecutable(rewind), "there is no pg_rewind: install postgresql-15");
        try (World world = new World(PostgresBinaries.of(15))) {
            World.Kept origin =
                    world.create(Map.of("wal_log_hints", "on", "wal_keep_size", "512MB"));
            world.snapshot(origin, "before");
            World.sql(origin, "postgres", "CREATE TABLE common()");
            World.Kept other = copy(world, origin);
            // both go on, and pgkeep has what the one wrote that loses
            World.sql(origin, "postgres", "CREATE TABLE lost()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            Lsn left = origin.capture().figures().heldLsn();
            promote(other);
            World.sql(other, "postgres", "CREATE TABLE won()");
            World.sql(other, "postgres", "CHECKPOINT");
            origin.server.stop();
            ServerPlace place = other.server.place();
            run(
                    "runuser",
                    "-u",
                    place.runAs().name(),
                    "--",
                    rewind.toString(),
                    "--target-pgdata=" + data(origin),
                    "--source-server=host="
                            + place.socket().directory()
                            + " port="
                            + place.socket().port()
                            + " user=postgres dbname=postgres");
            origin.server.configure(
                    ServerConfiguration.Firewall.LOOPBACK,
                    Map.of("wal_log_hints", "on", "wal_keep_size", "512MB"));
            promote(origin);
            World.sql(origin, "postgres", "CREATE TABLE behind()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).isEmpty();
            WalArchive held = new WalArchive(archive(world, origin).objects());
            assertThat(held.timelines())
                    .containsExactly(new TimelineId(1), new TimelineId(2), new TimelineId(3));
            // what was held of the way that was left stays
            assertThat(held.end(TimelineId.FIRST))
                    .hasValueSatisfying(end -> assertThat(end).isGreaterThanOrEqualTo(left));
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(tables(copy)).containsExactly("behind", "common", "won");
            // and is a range of its own, up to its last byte
            assertThat(ranges(world, origin))
                    .extracting(RestorableRange::timeline)
                    .containsExactly(TimelineId.FIRST, new TimelineId(3));
            assertThat(ranges(world, origin).getFirst().toLsn())
                    .isEqualTo(held.end(TimelineId.FIRST).orElseThrow());
            assertThat(Holes.list(archive(world, origin))).isEmpty();
            other.server.removeRoot();
        }
    }

    @Test
    void followsAServerThatWasRestoredToThePastInItsPlace() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "before");
            World.sql(origin, "postgres", "CREATE TABLE early()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            Lsn then = flushed(origin);
            for (int i = 0; i < 3; i++) {
                World.sql(origin, "postgres", "CREATE TABLE left" + i + "()");
                World.sql(origin, "postgres", "SELECT pg_switch_wal()");
            }
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Kept past =
                    world.restore(world.plan(origin, new RestoreTarget.ToLsn(then))).server();
            past.server.stop();
            origin.server.stop();
            run("mv", data(origin).toString(), data(origin) + ".left");
            run("mv", data(past).toString(), data(origin).toString());
            origin.server.configure(ServerConfiguration.Firewall.LOOPBACK, Map.of());
            origin.server.start();
            World.sql(origin, "postgres", "CREATE TABLE again()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            assertThat(origin.holes).isEmpty();
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(tables(copy)).containsExactly("again", "early");
            // the way that was left is still there to go back to
            List<RestorableRange> ranges = ranges(world, origin);
            assertThat(ranges).hasSize(2);
            Lsn last = ranges.getFirst().toLsn();
            World.Kept left =
                    world.restore(world.plan(origin, new RestoreTarget.ToLsn(last.plus(-1))))
                            .server();
            assertThat(tables(left)).containsExactly("early", "left0", "left1", "left2");
            run("rm", "-r", data(origin) + ".left");
        }
    }

    @Test
    void goesOnWhenItsClockIsSetBackAnHour() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger = ledger(origin)) {
                begin(world, origin, ledger);
                world.store().away(true);
                ledger.awaitTransactions(50, PATIENCE);
                world.clockOffset(Duration.ofHours(-1));
                Duration before = origin.capture().figures().atRisk().orElseThrow();
                assertThat(before).isPositive().isLessThan(Duration.ofMinutes(5));
                ledger.awaitTransactions(50, PATIENCE);
                assertThat(origin.capture().figures().atRisk().orElseThrow()).isGreaterThan(before);
                origin.capture().close();
                world.store().away(false);
                world.capture(origin);
                world.snapshot(origin, "an hour earlier, by the clock");
                ledger.awaitTransactions(50, PATIENCE);
                ledger.stop();
                assertRestoresLatest(world, origin, ledger);
            }
            assertThat(origin.holes).isEmpty();
        }
    }

    // ---- what the tests have in common

    private static CaptureSettings bounded(WalLimit.First first) {
        return World.QUICK.bounded(64L << 20, new WalLimit(first, LIMIT));
    }

    /** Writes so many segments, each with a row, and lets the server forget what it may. */
    private static void write(World.Kept to, int segments) {
        World.sql(to, "postgres", "CREATE TABLE IF NOT EXISTS written(i int)");
        for (int i = 0; i < segments; i++) {
            World.sql(to, "postgres", "INSERT INTO written VALUES (" + i + ")");
            World.sql(to, "postgres", "SELECT pg_switch_wal()");
            World.sql(to, "postgres", "CHECKPOINT");
        }
    }

    /** The slot is looked at every two seconds: what comes behind such a look has seen all. */
    private static void awaitLook(World.Kept of) {
        Lsn now = flushed(of).floor(16 << 20);
        await(() ->
                of.capture()
                        .figures()
                        .slot()
                        .filter(slot ->
                                !now.isAfter(confirmedOr(of, now).plus(slot.retainedBytes())))
                        .isPresent());
    }

    private static Lsn confirmedOr(World.Kept of, Lsn otherwise) {
        List<List<String>> rows =
                World.sql(of, "postgres", "SELECT restart_lsn FROM pg_replication_slots");
        String text = rows.isEmpty() ? "" : rows.getFirst().getFirst();
        return text.isEmpty() ? otherwise : Lsn.parse(text);
    }

    private static void dropSlot(World.Kept of) {
        String name = one(of, "SELECT slot_name FROM pg_replication_slots");
        for (int i = 0; i < 200; i++) {
            try {
                World.sql(
                        of,
                        "postgres",
                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
                World.sql(of, "postgres", "SELECT pg_drop_replication_slot('" + name + "')");
                return;
            } catch (Failure inUse) {
                World.pause();
            }
        }
        throw new AssertionError("the slot was never free");
    }

    /** A stopped copy of a server, at a place and port of its own. */
    private static World.Kept copy(World world, World.Kept origin) throws Exception {
        ServerPlace place = world.newPlace();
        ManagedServer server = new ManagedServer(place);
        server.claimRoot();
        origin.server.stop();
        run("cp", "-a", data(origin).toString(), place.dataDirectory().toString());
        origin.server.start();
        server.configure(
                ServerConfiguration.Firewall.LOOPBACK,
                Map.of("wal_log_hints", "on", "wal_keep_size", "512MB"));
        return new World.Kept(server, origin.document);
    }

    /** Archive recovery to the end of its own WAL, and a timeline of its own. */
    private static void promote(World.Kept server) {
        server.server.write("postgresql.auto.conf", "restore_command = 'false'\n");
        server.server.write("recovery.signal", "");
        server.server.start();
        await(() -> one(server, "SELECT pg_is_in_recovery()").equals("f"));
    }

    private static ServerArchive archive(World world, World.Kept of) {
        return new ServerArchive(world.vault(), of.id());
    }

    private static List<RestorableRange> ranges(World world, World.Kept of) {
        return new Ranges(archive(world, of), of.capture().figures().heldThrough()).list();
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
}
