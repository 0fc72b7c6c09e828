package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Census;
import org.pgkeep.vault.sweep.GraceClock;
import org.pgkeep.vault.sweep.HeldLocks;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepItem;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Usage;

class SweepTest extends SweepScene {
    @Test
    void packsThatNothingRefersToGoAfterTheGracePeriodAndASecondLook() {
        SnapshotId kept = snapshot(ONE, 1, Optional.empty());
        abandonedPack();
        assertThat(vault.packs()).hasSize(2);
        assertThat(sweep().freedBytes()).as("first look").isZero();
        pass(Duration.ofHours(23));
        assertThat(sweep().freedBytes()).as("within the grace period").isZero();
        pass(Duration.ofHours(2));
        assertThat(sweep().freedBytes()).isPositive();
        assertThat(vault.packs()).hasSize(1);
        assertReadable(ONE, kept);
    }

    @Test
    void aDeletedSnapshotTakesOnlyWhatNoOtherNeedsAndIsGoneFromTheListsAtOnce() {
        SnapshotId first = snapshot(ONE, 1, Optional.empty());
        SnapshotId second = snapshot(ONE, 2, Optional.of(first));
        delete(ONE, first);
        assertThat(vault.archive(ONE).snapshotIds()).containsExactly(second);
        assertThat(vault.archive(ONE).snapshot(first)).isEmpty();
        sweepOut();
        assertReadable(ONE, second);
        assertThat(vault.archive(ONE).storedSnapshotIds()).containsExactly(second);
        delete(ONE, second);
        sweepOut();
        sweepOut();
        assertThat(vault.packs()).isEmpty();
        assertThat(store.list(Names.TOMBSTONES_PREFIX)).isEmpty();
    }

    @Test
    void aDryRunTouchesNothingAndNamesExactlyWhatARealRunRemoves() {
        SnapshotId first = snapshot(ONE, 1, Optional.empty());
        snapshot(ONE, 2, Optional.of(first));
        abandonedPack();
        putLog(ONE, 0, 100);
        putLog(ONE, 100, 200);
        SweepPlan plan =
                new SweepPlan(
                        List.of(new Tombstone(ONE, Optional.of(first), now, false, "expired")),
                        List.of(new SweepPlan.UnneededLog(ONE, 1, 0, 100)));
        for (int i = 0; i < 4; i++) {
            Map<ObjectName, byte[]> before = Map.copyOf(store.objects);
            SweepReport rehearsed = run(plan, true);
            assertThat(store.objects).isEqualTo(before);
            SweepReport real = run(plan, false);
            assertThat(real.items()).isEqualTo(rehearsed.items());
            Set<ObjectName> removed =
                    before.keySet().stream()
                            .filter(name -> !store.objects.containsKey(name))
                            .filter(name -> !Names.isOfOnePlace(name))
                            .collect(Collectors.toSet());
            Set<ObjectName> promised =
                    rehearsed.items().stream()
                            .filter(SweepItem::goes)
                            .map(SweepItem::name)
                            .filter(name -> !Names.isOfOnePlace(name))
                            .collect(Collectors.toSet());
            assertThat(removed).isEqualTo(promised);
            pass(Duration.ofHours(13));
        }
        assertThat(vault.archive(ONE).logs(1)).containsExactly(new LogRange(1, 100, 200));
        assertThat(vault.packs()).hasSize(2);
    }

    @Test
    void aPurgeGoesAtOnceAndLeavesWhatAnotherArchiveRefersTo() {
        SnapshotId origin = snapshot(ONE, 1, Optional.empty());
        SnapshotId restored = snapshot(TWO, 2, Optional.of(origin), ONE);
        putLog(ONE, 0, 100);
        vault.archive(ONE).putDocument("server", new byte[] {1});
        assertThat(vault.packs()).hasSize(2);
        run(purge(ONE), false);
        assertThat(store.list(Names.archive(ONE))).isEmpty();
        assertThat(vault.archives()).containsExactly(TWO);
        assertThat(vault.packs()).as("the shared one stays").hasSize(2);
        assertReadable(TWO, restored);
        run(purge(TWO), false);
        assertThat(vault.packs()).isEmpty();
    }

    @Test
    void whatALivingReaderReadsStaysEvenWhenItIsPurged() {
        SnapshotId read = snapshot(ONE, 1, Optional.empty());
        putLog(ONE, 0, 100);
        HeldLease lease = read(ONE, read);
        run(purge(ONE), false);
        assertReadable(ONE, read);
        assertThat(vault.archive(ONE).logs(1)).hasSize(1);
        lease.close();
        run(purge(ONE), false);
        assertThat(vault.packs()).isEmpty();
    }

    @Test
    void packsOfAWriterThatLivesStayHoweverOldTheyAre() {
        HeldLease lease =
                new Leases(vault, () -> now)
                        .take(new UUID(9, 9), Lease.Purpose.SNAPSHOT, ONE, List.of());
        abandonedPack();
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofHours(20));
            lease.renew();
            assertThat(sweep().freedBytes()).isZero();
        }
        lease.close();
        assertThat(sweep().freedBytes()).isPositive();
    }

    @Test
    void aDeadWriterIsFoundOutAndTheLateRiserLearnsOfIt() {
        HeldLease lease =
                new Leases(vault, () -> now)
                        .take(new UUID(9, 9), Lease.Purpose.SNAPSHOT, ONE, List.of());
        abandonedPack();
        for (int i = 0; i < 5; i++) {
            pass(Duration.ofHours(20));
            sweep();
        }
        assertThat(vault.packs()).isEmpty();
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(lease::renew)
                .satisfies(e -> assertThat(e.code()).isEqualTo(Code.INTERRUPTED));
    }

    @Test
    void oneJumpOfTheClockKillsNobodyAndMakesNothingOldByMoreThanADay() {
        SnapshotId kept = snapshot(ONE, 1, Optional.empty());
        HeldLease lease = read(ONE, kept);
        sweep();
        pass(Duration.ofDays(365));
        SweepReport report = sweep();
        assertThat(Duration.between(SampleVault.NOON, report.passed()))
                .isLessThanOrEqualTo(Duration.ofDays(1));
        sweep();
        sweep();
        lease.renew();
    }

    @Test
    void theGraceClockFollowsAnHonestClockAndCatchesUpSlowly() {
        GraceClock clock = GraceClock.first(now, now);
        for (int i = 1; i <= 40; i++) {
            clock = clock.look(now.plus(Duration.ofHours(6L * i)));
            assertThat(clock.doubt()).isZero();
        }
        Instant later = now.plus(Duration.ofDays(100));
        clock = clock.look(later);
        assertThat(clock.doubt()).isEqualTo(Duration.ofDays(89));
        assertThat(clock.look(later).doubt()).as("looking often").isEqualTo(Duration.ofDays(89));
        assertThat(clock.look(later.plus(Duration.ofHours(6))).doubt())
                .isEqualTo(Duration.ofDays(89).minusHours(6));
        GraceClock back = clock.look(now);
        assertThat(back.passed()).as("never backwards").isEqualTo(clock.passed());
    }

    @Test
    void asksWhatIsProvenInTheFirstLookOnly() {
        AtomicInteger asked = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            try (Sweep sweep =
                    Sweep.begin(
                            vault,
                            () -> now,
                            SweepSettings.DEFAULT,
                            () -> {
                                asked.incrementAndGet();
                                return now;
                            })) {
                sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
            }
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void oneSweepAtATime() {
        try (Sweep first = Sweep.begin(vault, () -> now, SweepSettings.DEFAULT, () -> now)) {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(
                            () -> Sweep.begin(vault, () -> now, SweepSettings.DEFAULT, () -> now))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.IN_USE));
            pass(Leases.SILENCE_MAX.plusSeconds(1));
            Sweep.begin(vault, () -> now, SweepSettings.DEFAULT, () -> now).close();
            assertThat(first.clock()).isNotNull();
        }
    }

    @Test
    void whileADamagedSnapshotsNeedsAreUnknownNoPackGoes() {
        SnapshotId damaged = snapshot(ONE, 1, Optional.empty());
        abandonedPack();
        ObjectName name = Names.snapshot(ONE, damaged);
        byte[] good = store.get(name).orElseThrow();
        byte[] bad = good.clone();
        bad[bad.length - 1] ^= 1;
        store.objects.put(name, bad);
        for (int i = 0; i < 4; i++) {
            pass(Duration.ofHours(20));
            SweepReport report = sweep();
            assertThat(report.freedBytes()).isZero();
            assertThat(report.troubles()).hasSize(1);
        }
        store.objects.put(name, good);
        assertThat(sweep().freedBytes()).isPositive();
        assertReadable(ONE, damaged);
    }

    @Test
    void whatAnotherTierHasStillToCopyWaits() {
        abandonedPack();
        boolean[] copied = new boolean[1];
        SweepSettings settings =
                new SweepSettings(
                        Duration.ofHours(1),
                        true,
                        name -> !copied[0],
                        name -> false,
                        Optional.empty());
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofHours(20));
            assertThat(sweep(settings).freedBytes()).isZero();
        }
        copied[0] = true;
        assertThat(sweep(settings).freedBytes()).isPositive();
        assertThat(store.list(Names.DROPPED_PREFIX)).as("for the copier").hasSize(1);
    }

    @Test
    void aLockedObjectStaysAndItIsSaidUntilWhen() {
        abandonedPack();
        snapshot(ONE, 5, Optional.empty());
        delete(ONE, vault.archive(ONE).snapshotIds().getFirst());
        ObjectName locked = store.list(Names.PACKS_PREFIX).getFirst().name();
        Instant end = now.plus(Duration.ofDays(9));
        ObjectLock lock =
                new ObjectLock() {
                    @Override
                    public Optional<Instant> lockedUntil(ObjectName name) {
                        return name.equals(locked) ? Optional.of(end) : Optional.empty();
                    }

                    @Override
                    public void extend(ObjectName name, Instant until) {
                        // the bucket's own locks are all there is here
                    }
                };
        SweepSettings settings =
                new SweepSettings(
                        Duration.ofHours(1),
                        false,
                        name -> false,
                        name -> false,
                        Optional.of(new HeldLocks(lock)));
        for (int i = 0; i < 3; i++) {
            pass(Duration.ofHours(20));
            SweepReport report = sweep(settings);
            assertThat(report.items().stream().filter(item -> item.name().equals(locked)))
                    .allSatisfy(item -> assertThat(item.goes()).isFalse());
            assertThat(report.items().stream().flatMap(item -> item.waits().stream()))
                    .anySatisfy(why -> assertThat(why).isIn("the grace period", "its lock"));
        }
        assertThat(store.list(Names.PACKS_PREFIX)).as("the others went").hasSize(1);
        pass(Duration.ofDays(9));
        sweep(settings);
        assertThat(store.list(Names.PACKS_PREFIX)).isEmpty();
    }

    @Test
    void eachSharedMapIsOpenedOnce() {
        SnapshotId last = snapshot(ONE, 1, Optional.empty());
        for (int i = 2; i < 12; i++) {
            last = snapshot(ONE, i, Optional.of(last));
        }
        int[] reads = new int[1];
        ObjectStore counting =
                new ForwardingStore(store) {
                    @Override
                    public Optional<byte[]> range(ObjectName name, long offset, int length) {
                        reads[0] += Names.packId(name).isPresent() ? 1 : 0;
                        return super.range(name, offset, length);
                    }
                };
        VaultSettings uncached = new VaultSettings(3, 64 << 10, 0, 8, 1);
        Vault counted =
                Vault.open(
                        counting, SampleVault.KEY, SampleVault.RANDOM, SampleVault.CLOCK, uncached);
        Census.count(counted, SweepPlan.NOTHING, SweepListener.SILENT);
        // 11 packs with one map each: an index and a chunk; 10 + 9 + … maps would be 66
        assertThat(reads[0]).isLessThanOrEqualTo(3 * 11);
    }

    @Test
    void theSumsAreThoseOfAPlainListing() {
        SnapshotId first = snapshot(ONE, 1, Optional.empty());
        SnapshotId second = snapshot(TWO, 2, Optional.of(first), ONE);
        putLog(ONE, 0, 5000);
        putLog(ONE, 5000, 9000);
        abandonedPack();
        store.objects.put(new ObjectName("somebody/elses"), new byte[77]);
        SweepPlan plan =
                new SweepPlan(List.of(), List.of(new SweepPlan.UnneededLog(ONE, 1, 0, 5000)));
        Usage usage = Census.count(vault, plan, SweepListener.SILENT);
        assertThat(usage.total()).isEqualTo(listed(""));
        assertThat(usage.archives()).containsOnlyKeys(ONE, TWO);
        Usage.Bytes one = bytes(usage, ONE);
        assertThat(one.snapshots()).isPositive();
        assertThat(one.maps()).isPositive();
        List<StoredObject> logs = store.list(Names.logs(ONE));
        assertThat(one.pendingDeletion()).isEqualTo(logs.getFirst().bytes());
        assertThat(one.wal()).isEqualTo(logs.getLast().bytes());
        assertThat(usage.vault().pendingDeletion()).as("the abandoned pack").isPositive();

        delete(TWO, second);
        sweep();
        Usage after = Census.count(vault, SweepPlan.NOTHING, SweepListener.SILENT);
        assertThat(after.total()).isEqualTo(listed(""));
        assertThat(bytes(after, TWO).snapshots()).isZero();
        assertThat(bytes(after, TWO).pendingDeletion()).isPositive();
        assertThat(bytes(after, ONE).snapshots()).isEqualTo(one.snapshots());
    }

    @Test
    void pinsAreSetAndGivenFreeEachOnItsOwn() {
        Pins pins = new Pins(vault, ONE);
        SnapshotId first = SnapshotId.random(SampleVault.RANDOM);
        SnapshotId second = SnapshotId.random(SampleVault.RANDOM);
        pins.set(first, true, now, "asked for");
        pins.set(second, true, now, "before the upgrade");
        pins.set(first, false, now, "");
        assertThat(pins.all()).containsOnlyKeys(second);
        assertThat(pins.all()).containsEntry(second, new Pins.Pin(now, "before the upgrade"));
        pins.set(first, true, now, "again");
        assertThat(pins.all()).containsOnlyKeys(first, second);
    }
}
