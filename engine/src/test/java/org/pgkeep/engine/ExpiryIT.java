package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.expire.Expirer;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Commit;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepItem;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;

/**
 * A loaded server with many snapshots and a window of seconds: what lies before the window expires
 * and is swept while the writers go on, and random moments within it still come back as the writers
 * know them. {@code -Dpgkeep.seed=N} repeats the choices, {@code -Dpgkeep.moments=N} makes more.
 */
class ExpiryIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long SEED = Long.getLong("pgkeep.seed", System.nanoTime());
    private static final int MOMENTS = Integer.getInteger("pgkeep.moments", 2);
    private static final SweepSettings NO_GRACE = SweepSettings.DEFAULT.withGrace(Duration.ZERO);

    @Test
    void afterExpiryAndSweepEveryMomentOfTheWindowIsStillThere() throws Exception {
        Random random = new Random(SEED);
        PostgresBinaries binaries = PostgresBinaries.rotating().getFirst();
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of("track_commit_timestamp", "on"));
            try (Ledger ledger =
                    Ledger.on(
                            World.jdbcUrl(origin),
                            LedgerPlan.defaults().pace(200).seed(random.nextInt(1000)))) {
                ledger.setup();
                ledger.start();
                for (int i = 0; i < 8; i++) {
                    ledger.awaitTransactions(40 + random.nextInt(60), PATIENCE);
                    // a new segment, so that whole ones lie before the window
                    World.sql(origin, "postgres", "SELECT pg_switch_wal()");
                    world.snapshot(origin, "snapshot " + i);
                }
                ledger.awaitTransactions(100, PATIENCE);
                assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
                ServerArchive archive = new ServerArchive(world.vault(), origin.id());
                List<SnapshotInfo> before = archive.snapshots();
                // the window begins between the fifth snapshot and the sixth
                Instant begin = before.get(5).stoppedAt().minusMillis(1);

                sweepUntilNothingGoes(world, begin);

                assertThat(archive.snapshots()).isEqualTo(before.subList(4, before.size()));
                assertThat(new WalArchive(archive.objects()).stretches(TimelineId.FIRST))
                        .hasSize(1)
                        .allSatisfy(stretch ->
                                assertThat(stretch.from())
                                        .isEqualTo(
                                                before.get(4)
                                                        .startLsn()
                                                        .floor(before.get(4).walSegmentBytes())));
                assertThatExceptionOfType(Failure.class)
                        .isThrownBy(() ->
                                world.plan(
                                        origin,
                                        new RestoreTarget.ToTime(before.get(2).stoppedAt())))
                        .satisfies(e -> assertThat(e.code()).isEqualTo(Code.MOMENT_TOO_EARLY));
                Instant held = Instant.now();
                assertThat(origin.capture().awaitHeldThrough(held, PATIENCE)).isTrue();
                List<Commit> commits =
                        ledger.truth()
                                .committed()
                                .flatMap(one -> one.commit().stream())
                                .filter(one ->
                                        one.committedAt()
                                                .filter(begin::isBefore)
                                                .filter(at -> !at.isAfter(held))
                                                .isPresent())
                                .toList();
                for (int i = 0; i < MOMENTS; i++) {
                    Instant moment =
                            commits.get(random.nextInt(commits.size())).committedAt().orElseThrow();
                    check(world, origin, ledger, moment);
                }
                check(world, origin, ledger, begin);
            }
        }
    }

    /** Each dry run names exactly what the run behind it removes. */
    private static void sweepUntilNothingGoes(World world, Instant begin) {
        InstantSource clock = InstantSource.system();
        boolean went = false;
        for (int i = 0; i < 4; i++) {
            Expirer expirer =
                    new Expirer(
                            world.vault(),
                            _ ->
                                    new RetentionPolicy(
                                            Duration.between(begin, clock.instant()),
                                            Duration.ZERO,
                                            0,
                                            0,
                                            0));
            SweepReport rehearsed;
            try (Sweep sweep = Sweep.rehearse(world.vault(), clock, NO_GRACE, clock::instant)) {
                rehearsed = sweep.run(expirer.plan(sweep.clock().passed()), SweepListener.SILENT);
            }
            SweepReport real;
            try (Sweep sweep = Sweep.begin(world.vault(), clock, NO_GRACE, clock::instant)) {
                real = sweep.run(expirer.plan(sweep.clock().passed()), SweepListener.SILENT);
            }
            assertThat(names(real)).isEqualTo(names(rehearsed));
            went |= real.freedBytes() > 0;
        }
        assertThat(went).as("something went").isTrue();
    }

    private static Set<Object> names(SweepReport report) {
        return report.items().stream()
                .filter(SweepItem::goes)
                .map(SweepItem::name)
                .collect(Collectors.toSet());
    }

    private static void check(World world, World.Kept origin, Ledger ledger, Instant moment)
            throws Exception {
        World.Restored restored =
                world.restore(world.plan(origin, new RestoreTarget.ToTime(moment)));
        try (Connection copy = World.connect(restored.server())) {
            ledger.check(copy, Target.at(moment)).orThrow();
        } catch (Exception | AssertionError e) {
            throw new AssertionError("seed " + SEED + ", moment " + moment, e);
        }
        restored.server().server.removeRoot();
    }
}
