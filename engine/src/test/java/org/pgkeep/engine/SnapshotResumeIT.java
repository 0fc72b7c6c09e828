package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.VaultSettings;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;

/** Snapshots that are cut short, and what the next one makes of what they stored. */
class SnapshotResumeIT {
    private static final String ALL = "SELECT count(*), sum(hashtext(t)) FROM bulk";

    /** As usual, but with packs of 1 MiB: at any moment few bytes are in packs that are open. */
    private static final VaultSettings SMALL_PACKS =
            new VaultSettings(3, 1, 1 << 20, 4 << 20, 2 << 20, 64 << 10, 3);

    // 6.5: a snapshot killed half-way continues with the packs that are durable
    @Test
    void storesWhatIsMissingOnly() throws Exception {
        try (World world = new World(PostgresBinaries.newest(), SMALL_PACKS)) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            fill(origin);
            Path notes = world.home().resolve("notes");
            long before = packs(world);
            cutShort(world, origin, notes, 0.75);
            long stored = packs(world) - before;
            assertThat(stored).isPositive();
            // sweeps in between leave the packs alone
            sweep(world, 1, 2);
            assertThat(packs(world) - before).isEqualTo(stored);

            SnapshotInfo whole = resume(world, origin, notes, "whole");
            assertThat(whole.reading()).isEqualTo(SnapshotInfo.Reading.WHOLE);
            assertThat(whole.figures().changedBytes())
                    .isLessThan(whole.figures().sizeBytes() * 6 / 10);
            assertThat(notes).doesNotExist();
            // and it does not rest on anything that goes later: maps, and files that had changed
            assertThat(sweep(world, 3, 8)).isLessThan((int) stored);
            comesBack(world, origin, whole);

            // the same by the log: runs of changed blocks
            sql(origin, "UPDATE bulk SET g = g + 1");
            cutShort(world, origin, notes, 0.8);
            SnapshotInfo changed = resume(world, origin, notes, "changed");
            assertThat(changed.figures().changedBytes())
                    .isLessThan(changed.figures().sizeBytes() * 45 / 100);
            assertThat(changed.reading()).isEqualTo(SnapshotInfo.Reading.BY_LOG);
            sql(origin, "UPDATE bulk SET g = g + 1 WHERE g % 1000 = 0");
            comesBack(world, origin, changed);
        }
    }

    // correctness.md 18: what a sweep may have let go of is not relied on
    @Test
    void reliesOnNothingWhenTheSweepGaveItUp() throws Exception {
        try (World world = new World(PostgresBinaries.newest(), SMALL_PACKS)) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            fill(origin);
            Path notes = world.home().resolve("notes");
            cutShort(world, origin, notes, 0.75);
            // three looks find the lease dead; the packs are there still, and may go at any time
            sweep(world, 1, 3);
            SnapshotInfo anew = resume(world, origin, notes, "anew");
            assertThat(anew.figures().changedBytes())
                    .isGreaterThan(anew.figures().sizeBytes() * 8 / 10);
            assertThat(sweep(world, 4, 8)).isPositive();
            comesBack(world, origin, anew);
        }
    }

    @Test
    void beginsAnewWhereTheNotesAreNone() throws Exception {
        try (World world = new World(PostgresBinaries.newest(), SMALL_PACKS)) {
            World.Kept origin = world.create(Map.of("autovacuum", "off"));
            Path notes = world.home().resolve("notes");
            Files.writeString(notes, "these are the notes of somebody else, for sure");
            SnapshotInfo taken = resume(world, origin, notes, "taken");
            assertThat(taken.figures().files()).isPositive();
            assertThat(notes).doesNotExist();
        }
    }

    private static void fill(World.Kept origin) {
        sql(
                origin,
                "CREATE TABLE bulk AS SELECT g, (SELECT string_agg(md5(random()::text || g || i), '')"
                        + " FROM generate_series(1, 60) i) AS t FROM generate_series(1, 24000) g");
    }

    /** The listener fails where a kill would end all; both leave the lease and the notes. */
    private static void cutShort(World world, World.Kept origin, Path notes, double at) {
        assertThatThrownBy(() ->
                        new Snapshotter(world.vault(), InstantSource.system())
                                .resuming(notes)
                                .take(
                                        origin.server.place().server(),
                                        origin.document,
                                        new SnapshotId(UUID.randomUUID()),
                                        "cut",
                                        origin.capture(),
                                        progress -> {
                                            if (progress.totalBytes() > 0
                                                    && progress.doneBytes()
                                                            > at * progress.totalBytes()) {
                                                throw new Failure(Code.INTERRUPTED, "cut", "none");
                                            }
                                        }))
                .hasMessage("cut");
        assertThat(notes).exists();
    }

    private static SnapshotInfo resume(World world, World.Kept origin, Path notes, String name) {
        return world.snapshot(
                new Snapshotter(world.vault(), InstantSource.system()).resuming(notes),
                origin,
                name);
    }

    /** Looks a day apart; how many objects they removed. */
    private static int sweep(World world, int from, int to) {
        Instant now = Instant.now();
        int removed = 0;
        for (int day = from; day <= to; day++) {
            Instant then = now.plus(Duration.ofDays(day));
            try (Sweep sweep =
                    Sweep.begin(
                            world.vault(),
                            () -> then,
                            SweepSettings.DEFAULT.withGrace(Duration.ZERO),
                            () -> then)) {
                SweepReport report = sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
                removed += (int) report.items().stream().filter(item -> item.goes()).count();
            }
        }
        return removed;
    }

    private static void comesBack(World world, World.Kept origin, SnapshotInfo snapshot)
            throws Exception {
        List<List<String>> truth = sql(origin, ALL);
        World.Restored restored =
                world.restore(world.plan(origin, new RestoreTarget.ToBackup(snapshot.id())));
        assertThat(sql(restored.server(), ALL)).isEqualTo(truth);
        restored.server().server.stop();
    }

    private static long packs(World world) {
        return world.vault().packs().size();
    }

    private static List<List<String>> sql(World.Kept of, String sql) {
        return World.sql(of, "postgres", sql);
    }
}
