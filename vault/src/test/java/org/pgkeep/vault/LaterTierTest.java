package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.SnapshotNeeds;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.HeldLocks;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepItem;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;
import org.pgkeep.vault.sync.AllTiers;
import org.pgkeep.vault.sync.TierSync;

/** What is deleted in one tier, and what becomes of it in the others. */
class LaterTierTest {
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");

    private final MemoryStore first = new MemoryStore();
    private final MemoryStore second = new MemoryStore();
    private final Vault vault = SampleVault.create(first);
    private final TierSync sync =
            new TierSync(
                    first, second, SampleVault.CLOCK, CopyEvents.NONE, SnapshotNeeds.in(vault));
    private final AllTiers both = new AllTiers(() -> List.of(first, second));
    private final Map<SnapshotId, List<TreeEntry>> trees = new HashMap<>();
    private Instant now = SampleVault.NOON;

    @Test
    void whatIsDeletedInTheFirstTierAloneIsSeenAndReadFromTheOther() {
        SnapshotId old = backUp(1, List.of());
        SnapshotId next = backUp(2, List.of());
        copy();
        bury(first, Optional.of(old));
        assertThat(vault.archive(ARCHIVE).snapshotIds()).containsExactly(next);
        assertThat(together().archive(ARCHIVE).snapshotIds()).containsExactlyInAnyOrder(old, next);
        assertThat(together().archive(ARCHIVE).snapshot(old)).isPresent();
        sweepOut(first, SweepSettings.DEFAULT);
        assertThat(first.objects).doesNotContainKey(Names.snapshot(ARCHIVE, old));
        assertReadable(both, old);
        bury(second, Optional.of(old));
        assertThat(together().archive(ARCHIVE).snapshotIds()).containsExactly(next);
        assertThat(together().archive(ARCHIVE).snapshot(old)).isEmpty();
    }

    @Test
    void ofAnArchiveThatOneTierBuriedTheOthersBackupsAreSeenAndNoMore() {
        SnapshotId old = backUp(1, List.of());
        copy();
        SnapshotId next = backUp(2, List.of());
        bury(first, Optional.empty());
        assertThat(vault.archives()).isEmpty();
        assertThat(together().archives()).containsExactly(ARCHIVE);
        assertThat(together().archive(ARCHIVE).snapshotIds()).containsExactly(old);
        assertThat(together().archive(ARCHIVE).snapshot(next)).isEmpty();
        bury(second, Optional.empty());
        assertThat(together().archives()).isEmpty();
    }

    @Test
    void aBackupThatWasDeletedThereBeforeItCameDoesNotCome() {
        SnapshotId unwanted = backUp(1, List.of());
        bury(second, Optional.of(unwanted));
        ObjectName name = Names.snapshot(ARCHIVE, unwanted);
        copy();
        assertThat(second.objects).doesNotContainKey(name);
        assertThat(sync.isNeeded(name)).isFalse();
        // its tombstone goes, since there is nothing to bury; the word that it went stays
        sweepOut(second, later(pack -> false));
        assertThat(second.list(Names.TOMBSTONES_PREFIX)).isEmpty();
        copy();
        assertThat(second.objects).doesNotContainKey(name);
    }

    @Test
    void aPackThatWasGivenUpThereComesAgainWithTheBackupThatNeedsIt() {
        SnapshotId base = backUp(1, List.of());
        copy();
        bury(second, Optional.of(base));
        sweepOut(second, later(pack -> false));
        assertThat(second.list(Names.PACKS_PREFIX)).isEmpty();
        copy();
        assertThat(second.list(Names.PACKS_PREFIX)).as("dropped").isEmpty();
        SnapshotId next = backUp(2, trees.getOrDefault(base, List.of()));
        copy();
        assertReadable(second, next);
        assertThat(SampleVault.open(second).archive(ARCHIVE).snapshotIds()).containsExactly(next);
        for (ObjectName pack : packs(first)) {
            assertThat(sync.isNeeded(pack)).isFalse();
        }
    }

    @Test
    void aPackThatCameAgainIsHealedAsAnyOtherWhenTheTierLosesIt() {
        SnapshotId base = backUp(1, List.of());
        copy();
        bury(second, Optional.of(base));
        sweepOut(second, later(pack -> false));
        SnapshotId next = backUp(2, trees.getOrDefault(base, List.of()));
        copy();
        Set<ObjectName> lost = packs(second);
        lost.forEach(second::delete);
        copy();
        assertReadable(second, next);
        copy();
        assertThat(SampleVault.open(second).archive(ARCHIVE).storedSnapshotIds())
                .as("what it gave up for good")
                .containsExactly(next);
    }

    @Test
    void whatWasSealedAnewIsKnownToBeInTheOtherTier() {
        SnapshotId id = backUp(1, List.of());
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        vault.resealing().run((_, _) -> {}, () -> false);
        copy();
        assertThat(first.objects).doesNotContainKey(Names.snapshot(ARCHIVE, id));
        // the sweep asks for objects by their own names
        assertThat(sync.isNeeded(Names.snapshot(ARCHIVE, id))).isFalse();
        bury(first, Optional.of(id));
        sweepOut(
                first,
                new SweepSettings(
                        Duration.ofHours(1),
                        false,
                        sync::isNeeded,
                        name -> false,
                        Optional.empty()));
        assertThat(packs(first)).isEmpty();
    }

    @Test
    void whatATierDroppedStaysDroppedWhenTheFirstSealsItAnew() {
        SnapshotId unwanted = backUp(1, List.of());
        SnapshotId kept = backUp(2, List.of());
        copy();
        bury(second, Optional.of(unwanted));
        sweepOut(second, later(pack -> false));
        int packsLeft = packs(second).size();
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        vault.resealing().run((_, _) -> {}, () -> false);
        for (int i = 0; i < 3; i++) {
            copy();
            assertThat(SampleVault.open(second).archive(ARCHIVE).storedSnapshotIds())
                    .containsExactly(kept);
            assertThat(packs(second)).hasSize(packsLeft);
        }
        assertThat(sync.isNeeded(Names.snapshot(ARCHIVE, unwanted))).isFalse();
        // a backup that needs the pack takes it back, in its new form
        SnapshotId next = backUp(3, trees.getOrDefault(unwanted, List.of()));
        copy();
        assertReadable(second, next);
    }

    @Test
    void pinsFollowTheirBackupsToATierThatMayBePromoted() {
        SnapshotId pinned = backUp(1, List.of());
        SnapshotId free = backUp(2, List.of());
        SnapshotId unwanted = backUp(3, List.of());
        bury(second, Optional.of(unwanted));
        Pins pins = new Pins(vault, ARCHIVE);
        pins.set(pinned, true, now, "audit");
        pins.set(free, true, now, "first so");
        pins.set(free, false, now, "then so");
        pins.set(unwanted, true, now, "in tier 1 alone");
        copy();
        assertThat(sync.status().lackingObjects()).isZero();
        Pins there = new Pins(SampleVault.open(second), ARCHIVE);
        assertThat(there.all()).isEqualTo(Map.of(pinned, new Pins.Pin(now, "audit")));
        pins.set(pinned, false, now, "");
        pins.set(free, true, now, "again");
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        vault.resealing().run((_, _) -> {}, () -> false);
        copy();
        sweepOut(second, later(pack -> false));
        copy();
        assertThat(new Pins(SampleVault.open(second), ARCHIVE).all()).containsOnlyKeys(free);
        assertThat(second.list(Names.pins(ARCHIVE)).toString()).doesNotContain(unwanted.toString());
    }

    @Test
    void aBackupWhosePacksAreNowhereDoesNotCome() {
        SnapshotId base = backUp(1, List.of());
        SnapshotId next = backUp(2, trees.getOrDefault(base, List.of()));
        SnapshotId whole = backUp(3, List.of());
        SnapshotNeeds.in(vault)
                .packsOf(Names.snapshot(ARCHIVE, base))
                .orElseThrow()
                .forEach(first::delete);
        copy();
        assertThat(SampleVault.open(second).archive(ARCHIVE).storedSnapshotIds())
                .doesNotContain(next)
                .contains(whole);
    }

    @Test
    void packsOfABackupThatIsStillComingAreNotSweptAway() {
        backUp(1, List.of());
        int[] left = {3};
        try {
            sync.pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> left[0]-- <= 0);
        } catch (Failure cancelled) {
            assertThat(cancelled.code()).isEqualTo(Code.INTERRUPTED);
        }
        assertThat(packs(second)).isNotEmpty();
        assertThat(SampleVault.open(second).archive(ARCHIVE).storedSnapshotIds()).isEmpty();
        sweepOut(second, later(packs(first)::contains));
        assertThat(packs(second)).isEqualTo(packs(first));
        sweepOut(second, later(pack -> false));
        assertThat(packs(second)).as("tier 1 gave them up").isEmpty();
    }

    @Test
    void whatIsPurgedWaitsForNoTier() {
        backUp(1, List.of());
        SweepSettings needed =
                new SweepSettings(
                        SweepSettings.GRACE_DEFAULT,
                        false,
                        name -> true,
                        name -> false,
                        Optional.empty());
        Tombstone whole = new Tombstone(ARCHIVE, Optional.empty(), now, true, "purged");
        try (Sweep sweep = Sweep.begin(vault, () -> now, needed, () -> now)) {
            sweep.run(new SweepPlan(List.of(whole), List.of()), SweepListener.SILENT);
        }
        assertThat(packs(first)).isEmpty();
        assertThat(first.list(Names.archive(ARCHIVE))).isEmpty();
    }

    @Test
    void whoeverReadsFromAllTiersIsSeenByEachTiersSweep() {
        SnapshotId read = backUp(1, List.of());
        copy();
        try (HeldLease lease =
                new Leases(together(), () -> now)
                        .take(
                                vault.newId(),
                                Lease.Purpose.RESTORE,
                                ARCHIVE,
                                List.of(new Lease.Reading(ARCHIVE, read)))) {
            for (MemoryStore tier : List.of(first, second)) {
                bury(tier, Optional.of(read));
                for (int i = 0; i < 3; i++) {
                    now = now.plus(Duration.ofHours(20));
                    lease.renew();
                    sweep(tier, later(pack -> false));
                }
                assertReadable(tier, read);
            }
        }
        assertThat(first.list(Names.LEASES_PREFIX)).isEmpty();
        assertThat(second.list(Names.LEASES_PREFIX)).isEmpty();
    }

    @Test
    void whatIsNeededIsLockedAheadAndWhatIsNotRunsOut() {
        SnapshotId kept = backUp(1, List.of());
        SnapshotId deleted = backUp(2, List.of());
        Locks locks = new Locks();
        SweepSettings settings =
                new SweepSettings(
                        Duration.ofHours(1),
                        false,
                        name -> false,
                        name -> false,
                        Optional.of(new HeldLocks(locks)));
        Set<ObjectName> packsOfDeleted =
                SnapshotNeeds.in(vault).packsOf(Names.snapshot(ARCHIVE, deleted)).orElseThrow();
        SweepReport before = sweep(first, settings);
        assertThat(before.lockedUntil().orElseThrow())
                .isBetween(now.plus(HeldLocks.AHEAD_MIN), now.plus(HeldLocks.AHEAD_MAX));
        assertThat(locks.until.keySet())
                .containsAll(packs(first))
                .contains(Names.snapshot(ARCHIVE, kept))
                .anyMatch(name -> name.text().startsWith("keys/"))
                .noneMatch(Names::isOfOnePlace);
        int asked = locks.asked;
        sweep(first, settings);
        assertThat(locks.asked).as("nothing new, no question").isEqualTo(asked);

        bury(first, Optional.of(deleted));
        Instant end = locks.until.get(packsOfDeleted.iterator().next());
        while (now.isBefore(end)) {
            SweepReport report = sweep(first, settings);
            assertThat(report.items())
                    .filteredOn(item -> packsOfDeleted.contains(item.name()))
                    .isNotEmpty()
                    .noneMatch(SweepItem::goes)
                    .allSatisfy(item ->
                            assertThat(item.waits().orElse("") + item.until().orElseThrow())
                                    .containsAnyOf("its lock" + end, "the grace period"));
            now = now.plus(Duration.ofHours(20));
        }
        sweepOut(first, settings);
        assertThat(packs(first)).doesNotContainAnyElementsOf(packsOfDeleted);
        assertReadable(first, kept);
        Set<ObjectName> needed =
                SnapshotNeeds.in(vault).packsOf(Names.snapshot(ARCHIVE, kept)).orElseThrow();
        assertThat(needed)
                .allSatisfy(pack ->
                        assertThat(locks.until.get(pack))
                                .isAfterOrEqualTo(
                                        now.plus(HeldLocks.AHEAD_MIN).minus(Duration.ofDays(1))));

        locks.refuse = true;
        backUp(3, List.of());
        assertThat(sweep(first, settings).troubles()).anyMatch(text -> text.contains("not ours"));
        locks.refuse = false;
        assertThat(sweep(first, settings).troubles()).isEmpty();
    }

    // ---- steps

    private SnapshotId backUp(long seed, List<TreeEntry> base) {
        SnapshotId id = SnapshotId.random(new Random(seed));
        List<TreeEntry> tree = new ArrayList<>(base);
        try (PackWriter writer = vault.newPackWriter()) {
            byte[] bytes = SampleVault.noise(seed, 90_000);
            Slice data = writer.appendData(bytes, 0, bytes.length);
            byte[] map =
                    new FileMap(
                                    List.of(new Extent(0, data)),
                                    List.of(RegionDigest.of(bytes, 0, bytes.length)))
                            .encode();
            tree.add(
                    new TreeEntry.RegularFile(
                            "f" + seed,
                            0600,
                            0,
                            bytes.length,
                            writer.appendMap(map, 0, map.length)));
            writer.finish();
        }
        vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of()), tree);
        trees.put(id, tree);
        return id;
    }

    private void copy() {
        sync.pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> false);
    }

    private Vault together() {
        return SampleVault.open(both);
    }

    private void bury(MemoryStore tier, Optional<SnapshotId> snapshot) {
        new Tombstones(vaultAt(tier)).bury(new Tombstone(ARCHIVE, snapshot, now, false, "test"));
    }

    private Vault vaultAt(MemoryStore tier) {
        // a place that nothing was copied to yet is sealed with the same keys
        first.objects.forEach((name, bytes) -> {
            if (name.text().startsWith("keys/") || name.text().startsWith("vault/")) {
                tier.putIfAbsent(name, bytes);
            }
        });
        return SampleVault.open(tier);
    }

    private static SweepSettings later(Predicate<ObjectName> mayCome) {
        return new SweepSettings(
                Duration.ofHours(1), true, name -> false, mayCome, Optional.empty());
    }

    private SweepReport sweep(MemoryStore tier, SweepSettings settings) {
        try (Sweep sweep = Sweep.begin(SampleVault.open(tier), () -> now, settings, () -> now)) {
            return sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
        }
    }

    private void sweepOut(MemoryStore tier, SweepSettings settings) {
        for (int i = 0; i < 5; i++) {
            now = now.plus(Duration.ofHours(20));
            sweep(tier, settings);
        }
    }

    private static Set<ObjectName> packs(MemoryStore tier) {
        return tier.list(Names.PACKS_PREFIX).stream()
                .map(StoredObject::name)
                .collect(Collectors.toSet());
    }

    private static void assertReadable(ObjectStore tier, SnapshotId id) {
        Vault opened = SampleVault.open(tier);
        for (TreeEntry entry : opened.archive(ARCHIVE).tree(id)) {
            TreeEntry.RegularFile file = (TreeEntry.RegularFile) entry;
            FileMap.read(opened.reader(), file.map())
                    .extents()
                    .forEach(extent -> opened.reader().read(extent.slice()));
        }
    }

    /** A place's locks. */
    private static final class Locks implements ObjectLock {
        private final Map<ObjectName, Instant> until = new HashMap<>();
        private int asked;
        private boolean refuse;

        @Override
        public Optional<Instant> lockedUntil(ObjectName name) {
            return Optional.ofNullable(until.get(name));
        }

        @Override
        public void extend(ObjectName name, Instant to) {
            if (refuse) {
                throw new Failure(Code.STORE_UNAVAILABLE, "not ours", "ask for the right");
            }
            asked++;
            until.merge(name, to, (one, other) -> one.isAfter(other) ? one : other);
        }
    }
}
