package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Act;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/** The main job: back up a server under load, lose something, bring the moment before it back. */
class MainJobIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void bringsBackTheMomentBeforeADrop(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            try (Ledger ledger =
                    Ledger.on(World.jdbcUrl(origin), LedgerPlan.defaults().pace(400))) {
                ledger.setup();
                ledger.makeVictim(1000);
                ledger.start();
                ledger.awaitTransactions(100, PATIENCE);

                SnapshotInfo snapshot = world.snapshot(origin, "first");
                assertThat(snapshot.damagedPages()).isEmpty();
                assertThat(snapshot.figures().storedBytes())
                        .isLessThan(snapshot.figures().sizeBytes());

                ledger.awaitTransactions(300, PATIENCE);
                Instant someMoment = ledger.mark();
                ledger.awaitTransactions(200, PATIENCE);
                Act drop = ledger.dropVictim();
                ledger.awaitTransactions(200, PATIENCE);

                // the drop is found in the WAL
                Instant now = Instant.now();
                assertThat(origin.capture().awaitHeldThrough(now, PATIENCE)).isTrue();
                List<Moment> drops =
                        Moments.list(
                                new ServerArchive(world.vault(), origin.id()), Instant.EPOCH, true);
                assertThat(drops).extracting(Moment::kind).contains(Moment.Kind.DROP);
                Moment last = drops.getLast();
                assertThat(last.xid()).isEqualTo(drop.commit().xid() & 0xFFFF_FFFFL);

                // just before it, at some moment before that, and the newest
                check(
                        world,
                        origin,
                        ledger,
                        new RestoreTarget.BeforeXid(last.xid()),
                        Target.before(drop.commit()));
                check(
                        world,
                        origin,
                        ledger,
                        new RestoreTarget.ToTime(someMoment),
                        Target.at(someMoment, Duration.ofMillis(50)));
                ledger.stop();
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
                check(world, origin, ledger, new RestoreTarget.Latest(), Target.latest());
            }
        }
    }

    private static void check(
            World world, World.Kept origin, Ledger ledger, RestoreTarget target, Target truth)
            throws Exception {
        RestorePlan plan = world.plan(origin, target);
        World.Restored restored = world.restore(plan);
        assertThat(restored.outcome().checks()).isNotEmpty().allMatch(RestoreCheck::good);
        try (Connection connection = World.connect(restored.server())) {
            assertThat(ledger.check(connection, truth).orThrow().transactions()).isPositive();
        }
        restored.server().server.removeRoot();
    }
}
