package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.restore.Holes;
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.engine.wal.IndexedWal;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.engine.wal.RemovedRelations;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.testkit.PostgresBinaries;

/** A server that was run with {@code wal_level=minimal} for a while, and all its WAL is held. */
class UnloggedWalIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating().subList(0, 1);
    }

    private static Lsn end(World.Kept server) {
        return Lsn.parse(
                World.sql(server, "postgres", "SELECT pg_current_wal_lsn()").getFirst().getFirst());
    }

    private static void awaitHeld(World.Kept server) {
        assertThat(server.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void isNotGoneThroughByAnyRestore(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept server = world.create(Map.of("wal_keep_size", "1GB"));
            World.sql(server, "postgres", "CREATE TABLE kept AS SELECT 1 AS i");
            World.sql(server, "postgres", "CREATE TABLE doomed (filler char(5000))");
            World.sql(
                    server,
                    "postgres",
                    "INSERT INTO doomed SELECT 'x' FROM generate_series(1, 10)");
            World.sql(server, "postgres", "CHECKPOINT");
            SnapshotInfo before = world.snapshot(server, "before");
            World.sql(server, "postgres", "DROP TABLE doomed");
            Lsn good = end(server);
            awaitHeld(server);
            server.capture().close();
            server.capture = null;
            World.sql(
                    server,
                    "postgres",
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
            World.sql(server, "postgres", "ALTER SYSTEM SET wal_level = 'minimal'");
            World.sql(server, "postgres", "ALTER SYSTEM SET max_wal_senders = 0");
            server.server.stop();
            server.server.start();
            World.sql(
                    server,
                    "postgres",
                    "BEGIN; CREATE TABLE silent AS SELECT generate_series(1, 9999); COMMIT");
            Lsn minimal = end(server);
            World.sql(server, "postgres", "ALTER SYSTEM RESET ALL");
            server.server.stop();
            server.server.start();
            world.capture(server);
            World.sql(server, "postgres", "INSERT INTO kept VALUES (2)");
            awaitHeld(server);
            // heard of at once, so that a snapshot is taken
            assertThat(server.holes)
                    .singleElement()
                    .satisfies(hole -> assertThat(hole.cause()).contains("wal_level=minimal"));
            ServerArchive archive = new ServerArchive(world.vault(), server.id());

            assertThat(world.plan(server, new RestoreTarget.ToLsn(good)).promisedEnd())
                    .isGreaterThanOrEqualTo(good);
            for (RestoreTarget target :
                    List.of(
                            new RestoreTarget.ToLsn(minimal),
                            new RestoreTarget.ToLsn(end(server)),
                            new RestoreTarget.ToTime(Instant.now()))) {
                assertThatExceptionOfType(Failure.class)
                        .as(target.toString())
                        .isThrownBy(() -> world.plan(server, target));
            }
            assertThat(world.plan(server, new RestoreTarget.Latest()).promisedEnd())
                    .isLessThan(minimal);
            assertThat(new Ranges(archive, Optional.empty()).list())
                    .singleElement()
                    .satisfies(range -> assertThat(range.toLsn()).isLessThan(minimal));

            assertThat(Holes.list(archive))
                    .singleElement()
                    .satisfies(hole -> {
                        assertThat(hole.from()).isBetween(good, minimal);
                        assertThat(hole.to()).isGreaterThanOrEqualTo(end(server));
                    });
            SnapshotInfo after = world.snapshot(server, "after");
            assertThat(Holes.list(archive))
                    .singleElement()
                    .satisfies(hole -> {
                        assertThat(hole.cause()).contains("wal_level=minimal");
                        assertThat(hole.to()).isEqualTo(after.startLsn());
                    });
            assertThat(after.reading()).isEqualTo(SnapshotInfo.Reading.WHOLE);
            assertThat(world.plan(server, new RestoreTarget.Latest()).snapshot().id())
                    .isEqualTo(after.id());
            assertThat(new Ranges(archive, Optional.empty()).list())
                    .extracting(RestorableRange::fromLsn)
                    .containsExactly(before.stopLsn(), after.stopLsn());
            ChangedBlocks changed =
                    new IndexedWal(
                                    new WalArchive(archive.objects()),
                                    new IndexStore(archive.objects()),
                                    server.document.walSegmentBytes(),
                                    binaries.major())
                            .changes(
                                    TimelineHistory.ofFirst(), before.startLsn(), after.startLsn());
            assertThat(changed.reasons()).singleElement().asString().contains("wal_level");

            Moment drop = Moments.list(archive, Instant.EPOCH, true).getFirst();
            assertThat(drop.kind()).isEqualTo(Moment.Kind.DROP);
            assertThat(new RemovedRelations(world.vault(), archive).of(drop))
                    .anySatisfy(each -> {
                        assertThat(each.name()).contains("postgres.public.doomed");
                        assertThat(each.bytes()).hasValue(8192);
                    });
        }
    }
}
