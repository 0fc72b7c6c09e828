package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.index.WalIndex;
import org.pgkeep.engine.wal.IndexedWal;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalIndexer;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;

/**
 * What the index answers against what reading all WAL answers: the same, whatever is asked. The
 * server's work is random; {@code -Dpgkeep.seed=N} repeats it.
 */
class WalIndexIT {
    private static final long SEED = Long.getLong("pgkeep.seed", System.nanoTime());
    private static final int STEP = 128 << 10;
    private static final int ASKED = Integer.getInteger("pgkeep.moments", 40);

    /** One, another one each day; all with {@code -Dpgkeep.seeds=6}. */
    static List<PostgresBinaries> versions() {
        List<PostgresBinaries> rotating = PostgresBinaries.rotating();
        return rotating.subList(
                0, Math.min(Integer.getInteger("pgkeep.seeds", 1), rotating.size()));
    }

    /** Something like what servers do, long transactions and rare statements among it. */
    private static void work(World.Kept server, Random random, int from) {
        for (int i = from; i < from + 40; i++) {
            String sql =
                    switch (random.nextInt(15)) {
                        case 0 -> "DROP TABLE IF EXISTS a" + random.nextInt(6);
                        case 1 ->
                                "CREATE TABLE IF NOT EXISTS a"
                                        + random.nextInt(6)
                                        + " AS SELECT i FROM generate_series(1, 3000) i";
                        case 2 ->
                                "BEGIN; CREATE TABLE long"
                                        + i
                                        + " (i int); SELECT pg_logical_emit_message(false, 'x',"
                                        + " repeat('x', "
                                        + random.nextInt(900_000)
                                        + ")); TRUNCATE long"
                                        + i
                                        + "; COMMIT";
                        case 3 -> "SELECT pg_create_restore_point('point " + i + "')";
                        case 4 ->
                                "BEGIN; SAVEPOINT s; INSERT INTO t VALUES (1); SAVEPOINT u;"
                                        + " INSERT INTO t VALUES (2); ROLLBACK TO u; INSERT INTO t"
                                        + " VALUES (3); COMMIT";
                        case 5 -> "BEGIN; INSERT INTO t VALUES (9); ROLLBACK";
                        case 6 ->
                                "BEGIN; INSERT INTO prepared VALUES ("
                                        + i
                                        + "); PREPARE TRANSACTION 'p"
                                        + i
                                        + "'";
                        case 7 -> "VACUUM FULL t";
                        case 8 -> "TRUNCATE t";
                        case 9 -> i % 3 == 0 ? "CREATE DATABASE d" + i : "SELECT pg_switch_wal()";
                        case 10 ->
                                "DO $$ BEGIN FOR i IN 1..200 LOOP INSERT INTO t VALUES (i);"
                                        + " COMMIT; END LOOP; END $$";
                        case 11 -> "CHECKPOINT";
                        default ->
                                "INSERT INTO t SELECT generate_series(1, "
                                        + random.nextInt(4000)
                                        + ")";
                    };
            World.sql(server, "postgres", sql);
        }
        for (List<String> row :
                World.sql(server, "postgres", "SELECT gid FROM pg_prepared_xacts ORDER BY gid")) {
            String end = random.nextBoolean() ? "COMMIT" : "ROLLBACK";
            World.sql(server, "postgres", end + " PREPARED '" + row.getFirst() + "'");
        }
        for (List<String> row :
                World.sql(
                        server,
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE 'd%'")) {
            World.sql(server, "postgres", "DROP DATABASE " + row.getFirst());
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void answersWhatTheWalAnswers(PostgresBinaries binaries) throws Exception {
        Random random = new Random(SEED);
        try (World world = new World(binaries)) {
            World.Kept server = world.create(Map.of("max_prepared_transactions", "100"));
            World.sql(server, "postgres", "CREATE TABLE t (i int)");
            World.sql(server, "postgres", "CREATE TABLE prepared (i int)");
            List<SnapshotInfo> snapshots = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                work(server, random, 100 * i);
                snapshots.add(world.snapshot(server, "s" + i));
            }
            work(server, random, 1000);
            assertThat(server.capture().awaitHeldThrough(Instant.now(), Duration.ofMinutes(1)))
                    .isTrue();
            server.capture().close();
            server.capture = null;
            ServerArchive archive = new ServerArchive(world.vault(), server.id());
            IndexStore indexes = new IndexStore(archive.objects());
            // what the capture made of the WAL while it passed
            List<IndexStore.Range> passed = indexes.ranges(TimelineId.FIRST);
            List<Optional<WalIndex>> inPassing = passed.stream().map(indexes::index).toList();
            passed.forEach(indexes::delete);
            Map<String, Supplier<Object>> questions =
                    questions(world, server, archive, snapshots, random);
            Map<String, Object> read = answers(questions);
            assertThat(read.values()).filteredOn(String.class::isInstance).hasSizeLessThan(20);

            assertThat(passed).isNotEmpty();
            WalIndexer late =
                    new WalIndexer(archive, server.document.walSegmentBytes(), binaries.major());
            while (!late.catchUp(10)) {}
            for (int i = 0; i < passed.size(); i++) {
                if (indexes.ranges(TimelineId.FIRST).contains(passed.get(i))) {
                    assertThat(indexes.index(passed.get(i))).isEqualTo(inPassing.get(i));
                }
            }
            assertSame(read, answers(questions));
            indexes.ranges(TimelineId.FIRST).forEach(indexes::delete);

            WalIndexer indexer =
                    new WalIndexer(
                            archive, server.document.walSegmentBytes(), binaries.major(), STEP);
            while (!indexer.catchUp(10)) {}
            List<IndexStore.Range> all = indexes.ranges(TimelineId.FIRST);
            assertThat(all).hasSizeGreaterThan(20);
            assertSame(read, answers(questions));

            // holes in the index, and damage
            for (int i = 0; i < all.size(); i += 1 + random.nextInt(6)) {
                if (random.nextBoolean()) {
                    indexes.delete(all.get(i));
                } else {
                    damage(world, all.get(i), random);
                }
            }
            assertSame(read, answers(questions));
            WalIndexer again =
                    new WalIndexer(
                            archive, server.document.walSegmentBytes(), binaries.major(), STEP);
            while (!again.catchUp(10)) {}
            assertThat(indexes.ranges(TimelineId.FIRST)).isEqualTo(all);
            assertSame(read, answers(questions));
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + SEED, e);
        }
    }

    private static void damage(World world, IndexStore.Range range, Random random)
            throws IOException {
        String name = Long.toHexString(range.from().value());
        try (Stream<Path> files = Files.walk(world.home().resolve("vault"))) {
            Path file =
                    files.filter(each -> each.toString().contains("/index/"))
                            .filter(each -> each.getFileName().toString().contains(name + "-"))
                            .findFirst()
                            .orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[random.nextInt(bytes.length)] ^= 0x10;
            Files.setPosixFilePermissions(
                    file, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
            Files.write(file, bytes);
        }
    }

    private static Map<String, Supplier<Object>> questions(
            World world,
            World.Kept server,
            ServerArchive archive,
            List<SnapshotInfo> snapshots,
            Random random) {
        Map<String, Supplier<Object>> questions = new LinkedHashMap<>();
        List<Moment> moments = Moments.list(archive, Instant.EPOCH, false);
        assertThat(moments).hasSizeGreaterThan(100);
        assertThat(moments.stream().map(Moment::kind).distinct())
                .contains(Moment.Kind.COMMIT, Moment.Kind.RESTORE_POINT, Moment.Kind.REWRITE);
        Lsn first = snapshots.getFirst().startLsn();
        Lsn last = moments.getLast().lsn();
        List<RestoreTarget> targets =
                new ArrayList<>(List.of(new RestoreTarget.Earliest(), new RestoreTarget.Latest()));
        snapshots.forEach(each -> targets.add(new RestoreTarget.ToBackup(each.id())));
        for (int i = 0; i < ASKED; i++) {
            Moment one = moments.get(random.nextInt(moments.size()));
            if (one.kind() == Moment.Kind.RESTORE_POINT) {
                targets.add(new RestoreTarget.ToRestorePoint(one.restorePoint()));
            }
            targets.add(
                    switch (i % 5) {
                        case 0 -> new RestoreTarget.ToTime(one.time());
                        case 1 -> new RestoreTarget.ToTime(one.time().minusNanos(1000));
                        case 2 -> new RestoreTarget.ToXid(Math.max(3, one.xid()));
                        case 3 -> new RestoreTarget.BeforeXid(Math.max(3, one.xid()));
                        default ->
                                new RestoreTarget.ToLsn(
                                        first.plus(random.nextLong(last.minus(first) + 1000)));
                    });
        }
        for (RestoreTarget target : targets) {
            questions.put("plan to " + target, () -> world.plan(server, target));
        }
        for (int i = 0; i < 8; i++) {
            Instant since =
                    i < 2 ? Instant.EPOCH : moments.get(random.nextInt(moments.size())).time();
            boolean drops = i % 2 == 0;
            questions.put(
                    "moments since " + since + (drops ? ", drops" : ""),
                    () -> Moments.list(archive, since, drops));
        }
        for (int i = 1; i < snapshots.size(); i++) {
            Lsn from = snapshots.get(i - 1).startLsn();
            Lsn to = snapshots.get(i).startLsn();
            questions.put(
                    "changes from " + from + " to " + to,
                    () ->
                            new IndexedWal(
                                            new WalArchive(archive.objects()),
                                            new IndexStore(archive.objects()),
                                            server.document.walSegmentBytes(),
                                            server.document.version().major())
                                    .changes(TimelineHistory.ofFirst(), from, to));
        }
        return questions;
    }

    private static Map<String, Object> answers(Map<String, Supplier<Object>> questions) {
        Map<String, Object> answers = new LinkedHashMap<>();
        questions.forEach((question, answer) -> {
            try {
                answers.put(question, answer.get());
            } catch (Failure failure) {
                answers.put(question, failure.code() + " " + failure.message());
            }
        });
        return answers;
    }

    private static void assertSame(Map<String, Object> read, Map<String, Object> indexed) {
        read.forEach((question, answer) ->
                assertThat(indexed.get(question)).as(question).isEqualTo(answer));
    }
}
