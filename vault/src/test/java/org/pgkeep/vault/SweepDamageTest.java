package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;

/** What a sweep does where its own notes, or those of whom it must not disturb, are damaged. */
class SweepDamageTest extends SweepScene {
    @Test
    void aDamagedLookIsAsNoneAndAnotherOneIsWritten() {
        SnapshotId kept = snapshot(ONE, 1, Optional.empty());
        abandonedPack();
        sweep();
        pass(Duration.ofHours(20));
        sweep();
        damageAll(Names.SWEEPS_PREFIX);
        pass(Duration.ofHours(20));
        SweepReport report = sweep();
        assertThat(report.freedBytes()).as("the grace period begins anew").isZero();
        assertThat(report.troubles()).singleElement().asString().contains("sweeps/", "damaged");
        pass(Duration.ofHours(20));
        assertThat(sweep().freedBytes()).isZero();
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofHours(20));
            assertThat(sweep().troubles()).isEmpty();
        }
        assertThat(vault.packs()).hasSize(1);
        assertReadable(ONE, kept);
    }

    @Test
    void aDamagedLeaseHoldsEverythingUntilItIsRenewed() {
        SnapshotId read = snapshot(ONE, 1, Optional.empty());
        putLog(ONE, 0, 100);
        HeldLease lease = read(ONE, read);
        sweep();
        damageAll(Names.LEASES_PREFIX);
        assertThat(sweep().troubles()).singleElement().asString().contains("lease", "damaged");
        run(purge(ONE), false);
        assertThat(vault.archive(ONE).logs(1)).hasSize(1);
        assertReadable(ONE, read);
        lease.renew();
        assertThat(run(purge(ONE), false).troubles()).isEmpty();
        assertReadable(ONE, read);
        lease.close();
        run(purge(ONE), false);
        assertThat(vault.packs()).isEmpty();
    }

    @Test
    void aDamagedLeaseOfADeadHolderGoesByItself() {
        snapshot(ONE, 1, Optional.empty());
        HeldLease _ = read(ONE, SnapshotId.random(SampleVault.RANDOM));
        abandonedPack();
        damageAll(Names.LEASES_PREFIX);
        for (int i = 0; i < 6; i++) {
            pass(Duration.ofHours(20));
            sweep();
        }
        assertThat(store.list(Names.LEASES_PREFIX)).isEmpty();
        assertThat(vault.packs()).hasSize(1);
    }

    @Test
    void aDamagedLeaseOfASweepIsHeldForAsLongAsOneMayBe() {
        Sweep cut = Sweep.begin(vault, () -> now, SweepSettings.DEFAULT, () -> now);
        damageAll(Names.LEASES_PREFIX);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(this::sweep)
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.IN_USE));
        }
        pass(Leases.SILENCE_MAX);
        assertThat(sweep().troubles()).isEmpty();
        cut.close();
    }

    private void damageAll(String prefix) {
        assertThat(store.list(prefix)).isNotEmpty();
        store.list(prefix)
                .forEach(object ->
                        store.objects.computeIfPresent(
                                object.name(),
                                (name, bytes) -> {
                                    byte[] bad = bytes.clone();
                                    bad[bad.length - 3] ^= 1;
                                    return bad;
                                }));
    }
}
