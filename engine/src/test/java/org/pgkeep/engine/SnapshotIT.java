package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.vault.SnapshotId;

/** Snapshots of directories made to be difficult, and what they store. */
class SnapshotIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @Test
    void storesOnlyWhatChanged() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            World.sql(
                    origin,
                    "postgres",
                    "CREATE TABLE big AS SELECT i, md5(i::text) AS t FROM"
                            + " generate_series(1, 200000) AS i");
            World.sql(origin, "postgres", "VACUUM big");
            World.sql(origin, "postgres", "CHECKPOINT");
            SnapshotInfo first = world.snapshot(origin, "first");
            SnapshotInfo nothing = world.snapshot(origin, "nothing changed");
            World.sql(origin, "postgres", "UPDATE big SET t = 'changed' WHERE i = 7");
            SnapshotInfo little = world.snapshot(origin, "little changed");

            assertThat(first.figures().changedBytes()).isGreaterThan(10 << 20);
            assertThat(nothing.figures().storedBytes()).isLessThan(100 << 10);
            assertThat(little.figures().changedBytes()).isLessThan(2 << 20);
            assertThat(little.figures().sizeBytes())
                    .isGreaterThanOrEqualTo(first.figures().sizeBytes());

            World.Restored restored =
                    world.restore(world.plan(origin, new RestoreTarget.ToBackup(little.id())));
            assertThat(
                            World.sql(
                                    restored.server(),
                                    "postgres",
                                    "SELECT count(*), max(t) FILTER (WHERE i = 7) FROM big"))
                    .containsExactly(List.of("200000", "changed"));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void bringsBackDifficultDirectories(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            Path space = Files.createDirectory(world.home().resolve("space \"1\""));
            OperatingSystemUser.forServers().own(space);
            sql(origin, "CREATE TABLESPACE \"Fast Disk\" LOCATION '" + space + "'");
            sql(origin, "CREATE DATABASE \"odd \"\"name\" TABLESPACE \"Fast Disk\"");
            sql(origin, "CREATE TABLE elsewhere TABLESPACE \"Fast Disk\" AS SELECT 1 AS a");
            sql(origin, "CREATE UNLOGGED TABLE forgotten AS SELECT generate_series(1, 1000) AS a");
            sql(origin, "CREATE TABLE empty()");
            sql(origin, "CREATE TABLE many AS SELECT generate_series(1, 100000) AS a");
            sql(origin, "SELECT lo_from_bytea(4711, 'a large object')");
            sql(
                    origin,
                    "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE 'CREATE TABLE t' || i || '()';"
                            + " END LOOP; END $$");
            Files.writeString(
                    origin.server.place().dataDirectory().resolve("foreign file"), "not yours");
            World.sql(origin, "odd \"name", "CREATE TABLE there AS SELECT 2 AS b");
            world.snapshot(origin, "difficult");
            // what happens behind the snapshot comes from WAL: truncate, extend, drop, rewrite
            sql(origin, "DELETE FROM many WHERE a > 10");
            sql(origin, "VACUUM many");
            sql(origin, "INSERT INTO many SELECT generate_series(11, 50)");
            sql(origin, "VACUUM FULL elsewhere");
            sql(origin, "DROP TABLE t7");
            sql(origin, "CREATE DATABASE later");
            World.sql(origin, "later", "CREATE TABLE newer AS SELECT 3 AS c");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();

            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(sql(copy, "SELECT count(*), sum(a) FROM many"))
                    .containsExactly(List.of("50", "1275"));
            assertThat(sql(copy, "TABLE elsewhere")).containsExactly(List.of("1"));
            assertThat(sql(copy, "SELECT count(*) FROM forgotten")).containsExactly(List.of("0"));
            assertThat(sql(copy, "SELECT convert_from(lo_get(4711), 'UTF8')"))
                    .containsExactly(List.of("a large object"));
            assertThat(sql(copy, "SELECT count(*) FROM pg_class WHERE relname ~ '^t\\d+$'"))
                    .containsExactly(List.of("299"));
            assertThat(World.sql(copy, "odd \"name", "TABLE there")).containsExactly(List.of("2"));
            assertThat(World.sql(copy, "later", "TABLE newer")).containsExactly(List.of("3"));
            assertThat(copy.server.place().dataDirectory().resolve("foreign file"))
                    .hasContent("not yours");
            // the copy's tablespace is its own: the origin's is untouched
            assertThat(
                            sql(
                                            copy,
                                            "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE"
                                                    + " spcname = 'Fast Disk'")
                                    .getFirst()
                                    .getFirst())
                    .startsWith(copy.server.place().root().toString());
            sql(copy, "INSERT INTO elsewhere VALUES (2)");
            assertThat(sql(origin, "TABLE elsewhere")).containsExactly(List.of("1"));
        }
    }

    @Test
    void reportsADamagedPageByFileAndBlock() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            sql(origin, "CREATE TABLE victim AS SELECT generate_series(1, 10000) AS a");
            String file =
                    sql(origin, "SELECT pg_relation_filepath('victim')").getFirst().getFirst();
            origin.server.stop();
            damage(origin.server.place().dataDirectory().resolve(file), 3 * 8192L + 5000);
            origin.server.start();
            SnapshotInfo snapshot = world.snapshot(origin, "damaged");
            assertThat(snapshot.damagedPages()).containsExactly(file + ":3");
            assertThat(new ServerArchive(world.vault(), origin.id()).snapshots())
                    .extracting(SnapshotInfo::damagedPages)
                    .containsExactly(List.of(file + ":3"));
        }
    }

    @Test
    void outlastsTheServersTimeouts() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin =
                    world.create(
                            Map.of(
                                    "idle_session_timeout", "1500ms",
                                    "statement_timeout", "200ms",
                                    "transaction_timeout", "300ms"));
            int[] waited = {0};
            SnapshotInfo snapshot =
                    new Snapshotter(world.vault(), java.time.InstantSource.system())
                            .take(
                                    origin.server.place().server(),
                                    origin.document,
                                    new SnapshotId(UUID.randomUUID()),
                                    "slow",
                                    origin.capture(),
                                    progress -> {
                                        synchronized (waited) {
                                            while (waited[0]++ < 30) {
                                                World.pause();
                                            }
                                        }
                                    });
            assertThat(snapshot.figures().files()).isPositive();
        }
    }

    @Test
    void goesOnWithoutWhatTheVaultLost() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            sql(origin, "CREATE TABLE big AS SELECT generate_series(1, 100000) AS a");
            world.snapshot(origin, "first");
            SnapshotInfo second = world.snapshot(origin, "second");
            // the packs are gone, and a document does not open any more
            try (Stream<Path> packs = Files.walk(world.home().resolve("vault/packs"))) {
                for (Path pack : packs.filter(Files::isRegularFile).toList()) {
                    Files.delete(pack);
                }
            }
            Path document =
                    world.home()
                            .resolve("vault/archives")
                            .resolve(origin.id().toString())
                            .resolve("snapshots")
                            .resolve(second.id().toString());
            damage(document, Files.size(document) / 2);
            damage(document, 200);
            SnapshotInfo third = world.snapshot(origin, "third");
            assertThat(new ServerArchive(world.vault(), origin.id()).snapshots())
                    .extracting(SnapshotInfo::name)
                    .contains("first", "third");
            World.Restored restored =
                    world.restore(world.plan(origin, new RestoreTarget.ToBackup(third.id())));
            assertThat(sql(restored.server(), "SELECT count(*) FROM big"))
                    .containsExactly(List.of("100000"));
        }
    }

    @Test
    void leavesNoSnapshotWhenTheServerDiesMeanwhile() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            Snapshotter snapshotter =
                    new Snapshotter(world.vault(), java.time.InstantSource.system());
            boolean[] killed = {false};
            assertThatThrownBy(() ->
                            snapshotter.take(
                                    origin.server.place().server(),
                                    origin.document,
                                    new SnapshotId(UUID.randomUUID()),
                                    "killed",
                                    origin.capture(),
                                    progress -> {
                                        synchronized (killed) {
                                            if (!killed[0]) {
                                                killed[0] = true;
                                                origin.server
                                                        .place()
                                                        .instance()
                                                        .stop(
                                                                org.pgkeep.postgres.instance
                                                                        .StopMode.IMMEDIATE,
                                                                PATIENCE);
                                            }
                                        }
                                    }))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure ->
                                    assertThat(failure.code().kind())
                                            .isEqualTo(Code.Kind.UNAVAILABLE));
            assertThat(new ServerArchive(world.vault(), origin.id()).snapshots()).isEmpty();
            origin.server.start();
            assertThat(world.snapshot(origin, "again").figures().files()).isPositive();
        }
    }

    private static List<List<String>> sql(World.Kept of, String sql) {
        return World.sql(of, "postgres", sql);
    }

    private static void damage(Path file, long at) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int old = open.read();
            open.seek(at);
            open.write(old ^ 0x55);
        }
    }
}
