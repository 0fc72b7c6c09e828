package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Commit;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/**
 * Random moments of a loaded server with several snapshots, restored while the writers go on,
 * against what the writers know. {@code -Dpgkeep.seed=N} repeats a run's choices, {@code
 * -Dpgkeep.moments=N} makes it longer.
 */
class RandomMomentsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long SEED = Long.getLong("pgkeep.seed", System.nanoTime());
    private static final int MOMENTS = Integer.getInteger("pgkeep.moments", 4);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void holdExactlyWhatTheWritersKnow(PostgresBinaries binaries) throws Exception {
        Random random = new Random(SEED);
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of("track_commit_timestamp", "on"));
            try (Ledger ledger =
                    Ledger.on(
                            World.jdbcUrl(origin),
                            LedgerPlan.defaults().pace(300).seed(random.nextInt(1000)))) {
                ledger.setup();
                ledger.start();
                for (int i = 0; i < 3; i++) {
                    ledger.awaitTransactions(100 + random.nextInt(100), PATIENCE);
                    world.snapshot(origin, "snapshot " + i);
                }
                ledger.awaitTransactions(200, PATIENCE);
                Instant held = Instant.now();
                assertThat(origin.capture().awaitHeldThrough(held, PATIENCE)).isTrue();
                Lsn earliest =
                        new org.pgkeep.engine.archive.ServerArchive(world.vault(), origin.id())
                                .snapshots()
                                .getFirst()
                                .stopLsn();
                List<Commit> commits =
                        ledger.truth()
                                .committed()
                                .flatMap(one -> one.commit().stream())
                                .filter(one -> new Lsn(one.lsnBefore()).isAfter(earliest))
                                .filter(one ->
                                        one.committedAt()
                                                .filter(at -> !at.isAfter(held))
                                                .isPresent())
                                .toList();
                for (int i = 0; i < MOMENTS; i++) {
                    Commit some = commits.get(random.nextInt(commits.size()));
                    switch (i % 4) {
                        case 0 ->
                                check(
                                        world,
                                        origin,
                                        ledger,
                                        new RestoreTarget.ToTime(some.committedAt().get()),
                                        Target.at(some.committedAt().get()));
                        case 1 ->
                                check(
                                        world,
                                        origin,
                                        ledger,
                                        new RestoreTarget.BeforeXid(some.xid() & 0xFFFF_FFFFL),
                                        Target.before(some));
                        case 2 ->
                                check(
                                        world,
                                        origin,
                                        ledger,
                                        new RestoreTarget.ToLsn(new Lsn(some.lsnBefore())),
                                        new Target.AtLsn(some.lsnBefore()));
                        default -> checkWithTransaction(world, origin, ledger, some);
                    }
                }
            }
        }
    }

    private static void check(
            World world, World.Kept origin, Ledger ledger, RestoreTarget target, Target truth)
            throws Exception {
        restored(world, origin, target, copy -> ledger.check(copy, truth).orThrow());
    }

    /** Right behind a commit: it is there, and nothing that committed behind it. */
    private static void checkWithTransaction(
            World world, World.Kept origin, Ledger ledger, Commit last) throws Exception {
        long xid = last.xid() & 0xFFFF_FFFFL;
        RestorePlan plan = world.plan(origin, new RestoreTarget.ToXid(xid));
        assertThat(plan.lastCommit().orElseThrow().xid()).isEqualTo(xid);
        restored(
                world,
                origin,
                new RestoreTarget.ToXid(xid),
                copy -> ledger.check(copy, new Target.AtLsn(plan.promisedEnd().value())).orThrow());
    }

    private interface Look {
        void at(Connection copy) throws Exception;
    }

    private static void restored(World world, World.Kept origin, RestoreTarget target, Look look)
            throws Exception {
        World.Restored restored = world.restore(world.plan(origin, target));
        assertThat(restored.outcome().checks()).isNotEmpty().allMatch(RestoreCheck::good);
        try (Connection connection = World.connect(restored.server())) {
            look.at(connection);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + SEED + ", target " + target, e);
        }
        restored.server().server.removeRoot();
    }
}
