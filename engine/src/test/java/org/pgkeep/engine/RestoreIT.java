package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerConfiguration;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.testkit.PostgresBinaries;

/** Restores of what is awkward to restore, and restores that do not come to their end. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RestoreIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void keepsItsHandsOffATablespaceThatWasMadeBehindTheBackup(PostgresBinaries binaries)
            throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            Path space = Files.createDirectory(world.home().resolve("space"));
            OperatingSystemUser.forServers().own(space);
            // so that the record crosses a page, now and then
            for (int i = 0; i < 40; i++) {
                Path other = Files.createDirectory(world.home().resolve("s".repeat(70) + i));
                OperatingSystemUser.forServers().own(other);
                sql(origin, "CREATE TABLESPACE s" + i + " LOCATION '" + other + "'");
                sql(origin, "CREATE TABLE t" + i + " TABLESPACE s" + i + " AS SELECT 1");
            }
            sql(origin, "CREATE TABLESPACE later LOCATION '" + space + "'");
            sql(origin, "CREATE TABLE elsewhere TABLESPACE later AS SELECT 1 AS a");
            sql(origin, "DROP TABLE t39");
            sql(origin, "DROP TABLESPACE s39");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();

            World.Kept copy =
                    world.restore(world.plan(origin, new RestoreTarget.Latest())).server();
            assertThat(sql(copy, "TABLE elsewhere")).containsExactly(List.of("1"));
            Path root = copy.server.place().root().toRealPath();
            try (var spaces =
                    Files.list(copy.server.place().dataDirectory().resolve("pg_tblspc"))) {
                for (Path each : spaces.toList()) {
                    assertThat(each.toRealPath()).startsWith(root);
                }
            }
            sql(copy, "INSERT INTO elsewhere VALUES (2)");
            sql(copy, "CHECKPOINT");
            origin.server.stop();
            origin.server.start();
            assertThat(sql(origin, "TABLE elsewhere")).containsExactly(List.of("1"));
            // and the copy is a server like any other
            copy.server.stop();
            copy.server.start();
            world.capture(copy);
            world.snapshot(copy, "of the copy");
            World.Kept again = world.restore(world.plan(copy, new RestoreTarget.Latest())).server();
            assertThat(sql(again, "TABLE elsewhere")).containsExactly(List.of("1"), List.of("2"));
        }
    }

    @ParameterizedTest
    @MethodSource("versions")
    void bringsADroppedDatabaseBackWhole(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            sql(origin, "CREATE DATABASE precious");
            World.sql(origin, "precious", "CREATE TABLE there AS SELECT 1 AS a");
            world.snapshot(origin, "first");
            World.sql(origin, "precious", "INSERT INTO there VALUES (2)");
            Instant before = Instant.now();
            sql(origin, "DROP DATABASE precious");
            sql(origin, "CREATE TABLE behind()");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();

            List<Moment> drops =
                    Moments.list(new ServerArchive(world.vault(), origin.id()), before, true);
            assertThat(drops).extracting(Moment::kind).containsExactly(Moment.Kind.DROP);
            for (RestoreTarget target :
                    List.of(
                            new RestoreTarget.ToTime(before),
                            new RestoreTarget.BeforeXid(drops.getFirst().xid()))) {
                World.Kept copy = world.restore(world.plan(origin, target)).server();
                assertThat(World.sql(copy, "precious", "TABLE there"))
                        .containsExactly(List.of("1"), List.of("2"));
                copy.server.removeRoot();
            }
        }
    }

    @Test
    void needsNoDatabaseOfACertainNameAndNoWholeOnes() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            sql(origin, "CREATE DATABASE mine");
            sql(origin, "CREATE DATABASE broken");
            // what an interrupted DROP DATABASE leaves
            sql(origin, "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'");
            World.sql(origin, "mine", "DROP DATABASE postgres WITH (FORCE)");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            World.sql(origin, "mine", "CREATE DATABASE other");
            world.snapshot(origin, "first");
            World.sql(origin, "mine", "CREATE TABLE here AS SELECT 1 AS a");
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();

            ServerPlace place = world.newPlace();
            ManagedServer copy = new ManagedServer(place);
            try {
                RestoreOutcome outcome =
                        new Restorer(world.vault(), InstantSource.system())
                                .restore(
                                        world.plan(origin, new RestoreTarget.Latest()),
                                        place,
                                        ProgressListener.NONE);
                assertThat(outcome.checks())
                        .extracting(RestoreCheck::name)
                        .contains("catalog of mine readable");
                assertThat(outcome.checks()).allMatch(RestoreCheck::good);
            } finally {
                copy.removeRoot();
            }
        }
    }

    @Test
    void leavesNothingWhenItIsInterrupted() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            for (String phase : List.of("restoring files", "making it durable", "replaying WAL")) {
                ServerPlace place = world.newPlace();
                Thread restoring = Thread.currentThread();
                Consumer<ServerPlace> interruptor =
                        phase.equals("replaying WAL")
                                ? there -> interruptWhenItRuns(there, restoring)
                                : _ -> restoring.interrupt();
                assertThatThrownBy(() ->
                                new Restorer(world.vault(), InstantSource.system())
                                        .restore(
                                                world.plan(origin, new RestoreTarget.Latest()),
                                                place,
                                                progress -> {
                                                    if (progress.phase().equals(phase)) {
                                                        interruptor.accept(place);
                                                    }
                                                }))
                        .as(phase)
                        .isInstanceOf(Failure.class);
                // the interrupt itself is still there for the caller, unless it hit a helper thread
                Thread.interrupted();
                boolean runs = new ManagedServer(place).isRunning();
                boolean there = Files.exists(place.root());
                new ManagedServer(place).removeRoot();
                assertThat(runs).as("runs after " + phase).isFalse();
                assertThat(there).as("is there after " + phase).isFalse();
            }
        }
    }

    private static void interruptWhenItRuns(ServerPlace place, Thread restoring) {
        var _ =
                Thread.ofVirtual()
                        .start(() -> {
                            while (!new ManagedServer(place).isRunning() && restoring.isAlive()) {
                                Thread.onSpinWait();
                            }
                            restoring.interrupt();
                        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64})
    void knowsOtherSegmentSizes(int megabytes) throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            ServerPlace place = world.newPlace();
            ManagedServer server = new ManagedServer(place);
            server.claimRoot();
            place.instance().initdb(List.of("--username=postgres", "--wal-segsize=" + megabytes));
            server.configure(
                    ServerConfiguration.Firewall.LOOPBACK,
                    Map.of("min_wal_size", (2 * megabytes) + "MB", "max_wal_size", "512MB"));
            server.start();
            World.Kept origin = world.keep(server, "sized", server.controlFile());
            sql(origin, "CREATE ROLE writer SUPERUSER LOGIN PASSWORD 'x'");
            world.capture(origin);
            sql(
                    origin,
                    "CREATE TABLE big AS SELECT i, repeat(md5(i::text), 30) AS t"
                            + " FROM generate_series(1, 10000) AS i");
            world.snapshot(origin, "first");
            List<Instant> moments = new ArrayList<>();
            for (int i = 1; i <= 3; i++) {
                sql(origin, "UPDATE big SET i = -i");
                sql(origin, "CREATE TABLE step" + i + "()");
                moments.add(Instant.now());
                sql(origin, "SELECT pg_switch_wal()");
            }
            assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
            for (int i = 1; i <= 2; i++) {
                World.Kept copy =
                        world.restore(
                                        world.plan(
                                                origin,
                                                new RestoreTarget.ToTime(moments.get(i - 1))))
                                .server();
                assertThat(sql(copy, "SELECT count(*) FROM pg_class WHERE relname ~ '^step'"))
                        .containsExactly(List.of(Integer.toString(i)));
                assertThat(sql(copy, "SELECT sign(sum(i)) FROM big"))
                        .containsExactly(List.of(i % 2 == 0 ? "1" : "-1"));
                copy.server.removeRoot();
            }
        }
    }

    private static List<List<String>> sql(World.Kept of, String sql) {
        return World.sql(of, "postgres", sql);
    }
}
