package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.SnapshotInfo.Reading;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.index.WalIndex;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.TreeEntry;

/** Snapshots that read what the log names, and what happens where the log has no good word. */
class SnapshotByLogIT {
    private static final long SEED = Long.getLong("pgkeep.seed", 20261121);
    private static final int ROUNDS = Integer.getInteger("pgkeep.rounds", 12);
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static Stream<PostgresBinaries> versions() {
        return Stream.of(13, 15, 18).map(PostgresBinaries::of);
    }

    private static List<List<String>> sql(World.Kept of, String sql) {
        return World.sql(of, "postgres", sql);
    }

    /** Everything that changes files without naming blocks, and everything that names them. */
    private static void work(Statement session, Random random, int i) throws SQLException {
        int part = random.nextInt(20);
        String name = "n" + random.nextInt(6);
        switch (random.nextInt(16)) {
            case 0 -> {
                session.execute("DROP TABLE IF EXISTS " + name);
                session.execute(
                        "CREATE TABLE "
                                + name
                                + " AS SELECT g AS k, md5(g::text) AS t, ARRAY[g % 7, g % 11] AS a,"
                                + " point(g % 100, g % 90) AS p FROM generate_series(1, 3000) g");
            }
            case 1 -> session.execute("UPDATE t SET t = md5(t) WHERE k % 20 = " + part);
            case 2 -> session.execute("DELETE FROM t WHERE k % 97 = " + part);
            case 3 ->
                    session.execute(
                            "INSERT INTO t SELECT g, md5(g::text || '"
                                    + i
                                    + "'),"
                                    + " ARRAY[g % 5], point(g % 50, g % 70) FROM generate_series(1, 2000) g");
            case 4 -> session.execute("VACUUM t");
            case 5 -> session.execute("TRUNCATE cut");
            case 6 -> session.execute("INSERT INTO cut SELECT generate_series(1, 5000)");
            case 7 -> {
                session.execute("DELETE FROM cut WHERE k > 300");
                session.execute("VACUUM cut");
            }
            case 8 -> session.execute("CLUSTER t USING t_k");
            case 9 -> session.execute("SELECT nextval('s') FROM generate_series(1, 100)");
            case 10 -> session.execute("SELECT lo_from_bytea(0, repeat('x', 9000)::bytea)");
            case 11 -> session.execute("VACUUM FULL cut");
            case 12 -> session.execute("SELECT count(*) FROM t WHERE t > 'a'");
            case 13 -> session.execute("CHECKPOINT");
            case 14 -> session.execute("REINDEX TABLE t");
            default ->
                    session.execute(
                            "UPDATE cut SET k = k + 1 WHERE k % 10 = " + random.nextInt(10));
        }
    }

    private static void tables(World.Kept origin) {
        sql(
                origin,
                "CREATE TABLE t AS SELECT g AS k, md5(g::text) AS t, ARRAY[g % 7, g % 11] AS a,"
                        + " point(g % 100, g % 90) AS p FROM generate_series(1, 60000) g");
        sql(origin, "CREATE INDEX t_k ON t (k)");
        sql(origin, "CREATE INDEX t_h ON t USING hash (t)");
        sql(origin, "CREATE INDEX t_b ON t USING brin (k)");
        sql(origin, "CREATE INDEX t_n ON t USING gin (a)");
        sql(origin, "CREATE INDEX t_g ON t USING gist (p)");
        sql(origin, "CREATE INDEX t_s ON t USING spgist (p)");
        sql(origin, "CREATE TABLE cut (k int)");
        sql(
                origin,
                "CREATE TABLE still AS SELECT g, md5(g::text) FROM generate_series(1, 150000) g");
        sql(origin, "CREATE UNLOGGED TABLE gone AS SELECT generate_series(1, 1000)");
        sql(origin, "CREATE SEQUENCE s");
        sql(origin, "VACUUM");
    }

    // correctness.md 10 and 11: snapshots by the log under load, compared with what is there, and
    // restored
    @ParameterizedTest
    @MethodSource("versions")
    void readsLittleUnderLoadAndLeavesNothingOut(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of("autovacuum_naptime", "1s"));
            assertThat(origin.server.controlFile().hasDataChecksums()).isTrue();
            tables(origin);
            Path space = Files.createDirectory(world.home().resolve("space"));
            OperatingSystemUser.forServers().own(space);
            sql(origin, "CREATE TABLESPACE space LOCATION '" + space + "'");
            sql(origin, "CREATE TABLE there TABLESPACE space AS SELECT generate_series(1, 9999)");
            SnapshotInfo first = world.snapshot(origin, "first");
            assertThat(first.reading()).isEqualTo(Reading.WHOLE);
            Snapshotter byLog = new Snapshotter(world.vault(), InstantSource.system());

            AtomicInteger rounds = new AtomicInteger();
            try (Load _ = new Load(origin, rounds)) {
                for (int i = 0; i < 3; i++) {
                    int until = rounds.get() + ROUNDS;
                    await(() -> rounds.get() >= until);
                    if (i == 0) {
                        sql(origin, "CREATE DATABASE d TEMPLATE template0");
                        sql(origin, "ALTER DATABASE d SET TABLESPACE space");
                        sql(origin, "UPDATE there SET generate_series = 1");
                    }
                    SnapshotInfo taken =
                            world.snapshot(i == 1 ? byLog.comparing() : byLog, origin, "s" + i);
                    assertThat(taken.reading())
                            .isEqualTo(i == 1 ? Reading.COMPARED : Reading.BY_LOG);
                }
            }
            sql(origin, "ALTER SYSTEM SET autovacuum = off");
            sql(origin, "SELECT pg_reload_conf()");
            String workers =
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'";
            await(() -> sql(origin, workers).getFirst().getFirst().equals("0"));
            SnapshotInfo quiet = world.snapshot(origin, "quiet");
            assertThat(quiet.reading()).isEqualTo(Reading.BY_LOG);
            assertThat(quiet.figures().readBytes()).isLessThan(quiet.figures().sizeBytes() * 4 / 5);
            SnapshotInfo whole = world.snapshot(byLog.comparing(), origin, "whole");
            assertThat(whole.reading()).isEqualTo(Reading.COMPARED);
            assertThat(new ServerArchive(world.vault(), origin.id()).mapDefects()).isEmpty();
            assertSameRelations(world, origin, quiet, whole);
            SnapshotInfo nothing = world.snapshot(origin, "nothing");
            assertThat(nothing.figures().readBytes()).isLessThan(nothing.figures().sizeBytes() / 3);

            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.ToBackup(quiet.id())))
                            .server();
            assertThat(contents(copy)).isEqualTo(contents(origin));
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + SEED, e);
        }
    }

    /** One session that does one thing after the other. */
    private static final class Load implements AutoCloseable {
        private final Thread thread;
        private volatile boolean ends;
        private volatile Optional<SQLException> failed = Optional.empty();

        Load(World.Kept origin, AtomicInteger rounds) {
            Random random = new Random(SEED);
            thread =
                    Thread.ofPlatform()
                            .start(() -> {
                                try (Connection connection = World.connect(origin);
                                        Statement session = connection.createStatement()) {
                                    while (!ends) {
                                        work(session, random, rounds.incrementAndGet());
                                    }
                                } catch (SQLException e) {
                                    failed = Optional.of(e);
                                    rounds.set(1 << 30);
                                }
                            });
        }

        @Override
        public void close() throws SQLException {
            ends = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (failed.isPresent()) {
                throw failed.get();
            }
        }
    }

    private static Map<String, String> contents(World.Kept of) {
        Map<String, String> contents = new TreeMap<>();
        for (List<String> row :
                sql(
                        of,
                        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
                                + " 'public'::regnamespace AND relpersistence = 'p'")) {
            String table = row.getFirst();
            contents.put(
                    table,
                    sql(of, "SELECT count(*), sum(hashtext(x::text)::bigint) FROM " + table + " x")
                            .getFirst()
                            .toString());
        }
        // by the indexes, too
        contents.put(
                "index",
                sql(of, "SET enable_seqscan = off; SELECT sum(k) FROM t WHERE k > 0").toString());
        return contents;
    }

    /** Byte by byte, what both hold of relations; nothing wrote between them. */
    private static void assertSameRelations(
            World world, World.Kept origin, SnapshotInfo one, SnapshotInfo other) {
        ServerArchive archive = new ServerArchive(world.vault(), origin.id());
        Map<String, TreeEntry.RegularFile> files = new TreeMap<>();
        for (TreeEntry entry : archive.tree(other.id())) {
            if (entry instanceof TreeEntry.RegularFile file) {
                files.put(file.path(), file);
            }
        }
        int compared = 0;
        for (TreeEntry entry : archive.tree(one.id())) {
            if (entry instanceof TreeEntry.RegularFile file
                    && file.path().matches("(base|global|pg_tblspc)/.*/?\\d+(_init)?(\\.\\d+)?")) {
                TreeEntry.RegularFile same = files.get(file.path());
                if (same != null) {
                    compared++;
                    assertThat(Arrays.mismatch(content(world, file), content(world, same)))
                            .as(file.path())
                            .isEqualTo(-1);
                }
            }
        }
        assertThat(compared).isGreaterThan(300);
    }

    private static byte[] content(World world, TreeEntry.RegularFile file) {
        ChunkReader chunks = world.vault().reader();
        byte[] bytes = new byte[(int) file.bytes()];
        for (Extent extent : FileMap.read(chunks, file.map()).extents()) {
            byte[] run = chunks.read(extent.slice());
            System.arraycopy(
                    run, 0, bytes, (int) extent.firstBlock() * FileMap.BLOCK_BYTES, run.length);
        }
        return bytes;
    }

    // correctness.md 11: a map that is too small is an alarm, a report, and the end of trust
    @Test
    void findsAMapThatIsTooSmallAndTrustsNoneUntilOneWasCompared() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            tables(origin);
            world.snapshot(origin, "first");
            // the index speaks of whole segments
            sql(origin, "SELECT pg_switch_wal()");
            sql(origin, "UPDATE still SET md5 = 'changed' WHERE g % 5000 = 0");
            for (int i = 0; i < 3; i++) {
                sql(origin, "SELECT pg_switch_wal()");
                sql(origin, "CREATE TABLE filler" + i + "()");
            }
            ServerArchive archive = new ServerArchive(world.vault(), origin.id());
            IndexStore indexes = new IndexStore(archive.objects());
            await(() -> indexes.ranges(TimelineId.FIRST).size() > 1);
            for (IndexStore.Range range : indexes.ranges(TimelineId.FIRST)) {
                WalIndex index = indexes.index(range).orElseThrow();
                indexes.delete(range);
                indexes.put(
                        TimelineId.FIRST,
                        new WalIndex(index.summary(), index.events(), ChangedBlocks.NONE));
            }
            SnapshotInfo found =
                    world.snapshot(
                            new Snapshotter(world.vault(), InstantSource.system()).comparing(),
                            origin,
                            "found");
            assertThat(found.reading()).isEqualTo(Reading.WHOLE);
            assertThat(archive.mapDefects())
                    .isNotEmpty()
                    .allSatisfy(defect -> {
                        assertThat(defect.snapshot()).isEqualTo(found.id());
                        assertThat(defect.pageLsn()).isGreaterThan(defect.from());
                    });
            int reported = archive.mapDefects().size();
            assertThat(MapDefect.noticedBy(found.id(), archive.mapDefects()))
                    .contains("not named " + reported + " pages");
            // trust comes back with a comparison that finds nothing
            assertThat(world.snapshot(origin, "after").reading()).isEqualTo(Reading.COMPARED);
            assertThat(world.snapshot(origin, "later").reading()).isEqualTo(Reading.BY_LOG);
            assertThat(archive.mapDefects()).hasSize(reported);

            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(contents(copy)).isEqualTo(contents(origin));
        }
    }

    // correctness.md 10: what the log can't vouch for is read
    @Test
    void readsEverythingWhereTheLogIsNotWhole() throws Exception {
        try (World world = new World(PostgresBinaries.of(15))) {
            World.Kept origin =
                    world.create(
                            Map.of(
                                    "min_wal_size", "32MB",
                                    "max_wal_size", "32MB",
                                    "wal_keep_size", "0"));
            sql(origin, "CREATE TABLE t AS SELECT generate_series(1, 10000) AS k");
            world.snapshot(origin, "first");
            assertThat(world.snapshot(origin, "by log").reading()).isEqualTo(Reading.BY_LOG);
            // a lost slot: the server changed what nobody ever heard of
            origin.capture().close();
            sql(origin, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            sql(origin, "UPDATE t SET k = -k WHERE k < 100");
            for (int i = 0; i < 6; i++) {
                sql(origin, "CREATE TABLE more" + i + "()");
                sql(origin, "SELECT pg_switch_wal()");
                sql(origin, "CHECKPOINT");
            }
            world.capture(origin);
            await(() -> !origin.holes.isEmpty());
            SnapshotInfo behind = world.snapshot(origin, "behind the hole");
            assertThat(behind.reading()).isEqualTo(Reading.WHOLE);
            assertThat(world.snapshot(origin, "by log again").reading()).isEqualTo(Reading.BY_LOG);

            // across a promotion the log is whole
            sql(origin, "UPDATE t SET k = k + 1 WHERE k > 9000");
            CaptureIT.promoteInPlace(origin);
            sql(origin, "UPDATE t SET k = k + 1 WHERE k BETWEEN 4000 AND 4100");
            SnapshotInfo promoted = world.snapshot(origin, "promoted");
            assertThat(promoted.reading()).isEqualTo(Reading.BY_LOG);
            assertThat(promoted.timeline()).isEqualTo(new TimelineId(2));
            Snapshotter byLog = new Snapshotter(world.vault(), InstantSource.system());
            assertThat(world.snapshot(byLog.comparing(), origin, "compared").reading())
                    .isEqualTo(Reading.COMPARED);
            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.ToBackup(promoted.id())))
                            .server();
            assertThat(sql(copy, "SELECT count(*), sum(k) FROM t"))
                    .isEqualTo(sql(origin, "SELECT count(*), sum(k) FROM t"));

            // an object of the log is gone from the vault
            sql(origin, "UPDATE t SET k = k + 1 WHERE k > 9000");
            sql(origin, "SELECT pg_switch_wal()");
            sql(origin, "CREATE TABLE last()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            ServerArchive archive = new ServerArchive(world.vault(), origin.id());
            SnapshotInfo newest = archive.snapshots().getLast();
            long lost = newest.startLsn().value();
            archive.objects().logs(2).stream()
                    .filter(range -> range.from() <= lost && range.to() > lost)
                    .forEach(archive.objects()::deleteLog);
            assertThat(world.snapshot(origin, "behind a loss").reading()).isEqualTo(Reading.WHOLE);
            assertThat(archive.mapDefects()).isEmpty();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        for (int i = 0; i < 600 && !condition.holds(); i++) {
            World.pause();
        }
        assertThat(condition.holds()).isTrue();
    }
}
