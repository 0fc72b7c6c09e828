package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.SnapshotNeeds;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.Pace;
import org.pgkeep.vault.sync.Scrub;
import org.pgkeep.vault.sync.TierSync;

/** Copying a vault to another tier and another region, and reading it again. */
class TierSyncTest {
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");

    private final MemoryStore first = new MemoryStore();
    private final MemoryStore second = new MemoryStore();
    private final Vault vault = SampleVault.create(first);

    private SnapshotId backUp(long seed) {
        SnapshotId id = SnapshotId.random(new Random(seed));
        List<TreeEntry> tree = new ArrayList<>();
        try (PackWriter writer = vault.newPackWriter()) {
            for (int i = 0; i < 4; i++) {
                byte[] bytes = SampleVault.noise(seed * 10 + i, 90_000);
                Slice data = writer.appendData(bytes, 0, bytes.length);
                byte[] map =
                        new FileMap(
                                        List.of(new Extent(0, data)),
                                        List.of(RegionDigest.of(bytes, 0, bytes.length)))
                                .encode();
                tree.add(
                        new TreeEntry.RegularFile(
                                "f" + i,
                                0600,
                                0,
                                bytes.length,
                                writer.appendMap(map, 0, map.length)));
            }
            writer.finish();
        }
        vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of()), tree);
        vault.archive(ARCHIVE)
                .putLog(
                        new LogRange(1, seed * 100, seed * 100 + 100),
                        SampleVault.noise(seed, 100),
                        0);
        return id;
    }

    /** Reads everything that a store says it has. */
    private static int checkAllRestores(ObjectStore store) {
        Vault opened = SampleVault.open(store);
        List<SnapshotId> ids = opened.archive(ARCHIVE).snapshotIds();
        for (SnapshotId id : ids) {
            for (TreeEntry entry : opened.archive(ARCHIVE).tree(id)) {
                TreeEntry.RegularFile file = (TreeEntry.RegularFile) entry;
                FileMap.read(opened.reader(), file.map())
                        .extents()
                        .forEach(extent -> opened.reader().read(extent.slice()));
            }
        }
        return ids.size();
    }

    private TierSync sync(ObjectStore from, ObjectStore to) {
        return new TierSync(from, to, SampleVault.CLOCK, CopyEvents.NONE, SnapshotNeeds.in(vault));
    }

    private static TierSync.Status pass(TierSync sync) {
        return sync.pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> false);
    }

    @Test
    void aTierThatWasCopiedIsEnoughByItself() {
        SnapshotId id = backUp(1);
        TierSync sync = sync(first, second);
        assertThat(sync.isNeeded(Names.snapshot(ARCHIVE, id))).as("before").isTrue();
        TierSync.Status status = pass(sync);
        assertThat(status.lackingObjects()).isZero();
        assertThat(status.completeAt()).isPresent();
        assertThat(status.snapshots()).containsExactly(Names.snapshot(ARCHIVE, id));
        assertThat(sync.isNeeded(Names.snapshot(ARCHIVE, id))).as("after").isFalse();
        ObjectName next = Names.snapshot(ARCHIVE, backUp(2));
        assertThat(sync.isNeeded(next)).as("not compared yet").isTrue();
        assertThat(sync.status().snapshots()).doesNotContain(next);
        first.objects.clear();
        assertThat(checkAllRestores(second)).isEqualTo(1);
    }

    @Test
    void whereverTheCopyingEndsTheTierHoldsOnlyWhatCanBeRestored() {
        backUp(1);
        backUp(2);
        int seen = 0;
        for (int steps = 0; steps < 40; steps++) {
            MemoryStore target = new MemoryStore();
            int[] left = {steps};
            try {
                sync(first, target)
                        .pass(CopyCheck.NONE, TierSync.Listener.NONE, () -> left[0]-- <= 0);
            } catch (Failure cancelled) {
                assertThat(cancelled.code()).isEqualTo(Code.INTERRUPTED);
            }
            if (Vault.exists(target)) {
                seen += checkAllRestores(target);
            }
            // and the next one goes on
            int had = target.objects.size();
            pass(sync(first, target));
            assertThat(target.objects.size()).isGreaterThanOrEqualTo(had);
            assertThat(checkAllRestores(target)).isEqualTo(2);
        }
        assertThat(seen).isPositive();
    }

    @Test
    void aSnapshotWhosePacksAreSweptMeanwhileIsNotCopied() {
        SnapshotId id = backUp(1);
        ObjectStore sweeping =
                new ForwardingStore(first) {
                    @Override
                    public Optional<byte[]> get(ObjectName name) {
                        if (name.text().startsWith("packs/")) {
                            first.delete(Names.snapshot(ARCHIVE, id));
                            first.delete(name);
                        }
                        return super.get(name);
                    }
                };
        pass(sync(sweeping, second));
        assertThat(checkAllRestores(second)).isZero();
    }

    @Test
    void whatTheTierDroppedIsNotCopiedAgain() {
        SnapshotId id = backUp(1);
        TierSync sync = sync(first, second);
        pass(sync);
        ObjectName snapshot = Names.snapshot(ARCHIVE, id);
        ObjectName list = new ObjectName("dropped/1");
        second.putIfAbsent(list, (snapshot + "\n").getBytes(StandardCharsets.UTF_8));
        second.delete(snapshot);
        assertThat(pass(sync).lackingObjects()).isZero();
        assertThat(second.get(snapshot)).isEmpty();
        assertThat(sync.isNeeded(snapshot)).isFalse();
        first.delete(snapshot);
        pass(sync);
        assertThat(second.get(list)).as("has served").isEmpty();
    }

    @Test
    void whatIsATiersOwnIsNotCopied() {
        for (String own : List.of("leases/a", "dropped/b", "zone/location")) {
            first.putIfAbsent(new ObjectName(own), new byte[1]);
        }
        pass(sync(first, second));
        assertThat(second.objects.keySet().toString()).doesNotContain("leases", "zone", "dropped");
    }

    @Test
    void runsOfLogThatALongerOneReplacedGoHereToo() {
        Archive archive = vault.archive(ARCHIVE);
        LogRange run = new LogRange(1, 0, 50);
        LogRange whole = new LogRange(1, 0, 100);
        archive.putLog(run, SampleVault.noise(1, 50), 0);
        TierSync sync = sync(first, second);
        pass(sync);
        archive.putLog(whole, SampleVault.noise(1, 100), 0);
        pass(sync);
        assertThat(second.get(Names.log(ARCHIVE, run))).as("still in tier 1").isPresent();
        archive.deleteLog(run);
        pass(sync);
        assertThat(second.get(Names.log(ARCHIVE, run))).isEmpty();
        assertThat(second.get(Names.log(ARCHIVE, whole))).isPresent();
    }

    @Test
    void aDamagedObjectIsNotCopiedWhenThereAreKeys() {
        backUp(1);
        ObjectName pack = pack();
        first.objects.computeIfPresent(
                pack,
                (name, bytes) -> {
                    bytes[bytes.length / 2] ^= 1;
                    return bytes;
                });
        TierSync.Status status =
                sync(first, second).pass(check(), TierSync.Listener.NONE, () -> false);
        assertThat(second.objects).doesNotContainKey(pack);
        assertThat(status.lackingObjects()).isPositive();
        assertThat(status.snapshots()).isEmpty();
    }

    @Test
    void whatHasNoGoodCopyStaysLackingAndHoldsOnlyBackThatNeedsIt() {
        SnapshotId broken = backUp(1);
        ObjectName pack = pack();
        SnapshotId whole = backUp(2);
        ObjectName log = Names.log(ARCHIVE, new LogRange(1, 100, 200));
        Map<ObjectName, byte[]> good = Map.copyOf(first.copy().objects);
        for (ObjectName name : List.of(pack, log)) {
            byte[] bad = Objects.requireNonNull(good.get(name)).clone();
            bad[bad.length / 2] ^= 1;
            first.objects.put(name, bad);
        }
        TierSync sync = sync(first, second);
        for (int i = 0; i < 2; i++) {
            TierSync.Status status = sync.pass(check(), TierSync.Listener.NONE, () -> false);
            assertThat(status.damaged()).contains(pack, log);
            assertThat(status.lackingObjects()).isEqualTo(3);
            assertThat(status.completeAt()).isEmpty();
            assertThat(status.snapshots()).containsExactly(Names.snapshot(ARCHIVE, whole));
        }
        first.objects.putAll(good);
        TierSync.Status after = sync.pass(check(), TierSync.Listener.NONE, () -> false);
        assertThat(after.damaged()).isEmpty();
        assertThat(after.lackingObjects()).isZero();
        assertThat(after.completeAt()).isPresent();
        assertThat(after.snapshots()).contains(Names.snapshot(ARCHIVE, broken));
    }

    @Test
    void aTierThatIsAwayIsToldOf() {
        TierSync sync =
                sync(
                        first,
                        new ForwardingStore(second) {
                            @Override
                            public List<StoredObject> list(String prefix) {
                                throw new Failure(Code.STORE_UNAVAILABLE, "no route", "none");
                            }
                        });
        assertThatExceptionOfType(Failure.class).isThrownBy(() -> pass(sync));
        assertThat(sync.status().trouble()).hasValue("no route");
        assertThat(sync.isNeeded(pack0())).as("in doubt").isTrue();
    }

    private static ObjectName pack0() {
        return new ObjectName("packs/00/00000000-0000-4000-8000-000000000000");
    }

    private ObjectName pack() {
        return first.objects.keySet().stream()
                .filter(name -> name.text().startsWith("packs/"))
                .findFirst()
                .orElseThrow();
    }

    private CopyCheck check() {
        return (name, bytes) ->
                vault.isWhole(name, bytes)
                        .map(whole -> whole ? CopyCheck.Verdict.GOOD : CopyCheck.Verdict.BAD)
                        .orElse(CopyCheck.Verdict.UNKNOWN);
    }

    @Test
    void thePairedRegionFollowsAndShowsHowFarItIs() {
        Gate road = new Gate(second);
        GeoStore geo = new GeoStore(first, road, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(geo.copy()).isTrue();
        Vault same = SampleVault.open(geo);
        road.shut = true;
        same.archive(ARCHIVE).putDocument("d", new byte[] {1});
        assertThat(geo.copy()).isFalse();
        assertThat(geo.lag().objects()).isEqualTo(1);
        assertThat(geo.lag().bytes()).isPositive();
        assertThat(geo.lag().trouble()).hasValue("shut");
        road.shut = false;
        assertThat(geo.copy()).isTrue();
        assertThat(geo.lag().objects()).isZero();
        assertThat(second.objects.keySet()).isEqualTo(first.objects.keySet());
        ObjectName document = Names.document(ARCHIVE, "d", 1);
        geo.delete(document);
        assertThat(geo.get(document)).as("though the pair still has it").isEmpty();
        // a restart forgets the notes, not the deletion
        GeoStore after = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(after.copy()).isTrue();
        assertThat(second.objects).doesNotContainKey(document);
        assertThat(first.objects.keySet()).isEqualTo(second.objects.keySet());
    }

    @Test
    void aKeyIsNotCalledOutdatedWhereOnlyThePairListsKeys() {
        boolean[] silent = {false};
        ObjectStore near =
                new ForwardingStore(first) {
                    @Override
                    public List<StoredObject> list(String prefix) {
                        if (silent[0] && prefix.startsWith("keys/")) {
                            throw new Failure(Code.STORE_UNAVAILABLE, "no answer", "none");
                        }
                        return super.list(prefix);
                    }
                };
        GeoStore geo = new GeoStore(near, second, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(geo.copy()).isTrue();
        vault.keys().rotate(List.of(SampleVault.KEY), false);
        silent[0] = true;
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> SampleVault.open(geo))
                .satisfies(e -> assertThat(e.code()).isEqualTo(Code.STORE_UNAVAILABLE));
        silent[0] = false;
        assertThat(SampleVault.open(geo).id()).isEqualTo(vault.id());
    }

    @Test
    void whatComesAgainUnderADeletedNameOutlivesThatDeletion() {
        backUp(1);
        GeoStore geo = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        geo.copy();
        ObjectName stays = pack();
        ObjectName goes = new ObjectName("archives/" + ARCHIVE + "/log/00000001/gone");
        byte[] bytes = geo.get(stays).orElseThrow();
        geo.putIfAbsent(goes, bytes);
        geo.copy();
        geo.delete(stays);
        geo.delete(goes);
        // a process that has not deleted it itself knows it, too
        GeoStore other = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(other.putIfAbsent(stays, bytes)).isEqualTo(PutOutcome.CREATED);
        // cut off before the pair heard of any of it: places are compared
        GeoStore after = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(after.copy()).isTrue();
        assertThat(Arrays.equals(first.objects.get(stays), bytes)).isTrue();
        assertThat(Arrays.equals(second.objects.get(stays), bytes)).isTrue();
        assertThat(first.objects).doesNotContainKey(goes);
        assertThat(second.objects).doesNotContainKey(goes);
        assertThat(first.list("zone/")).isEmpty();
    }

    @Test
    void whatComesAgainWhileItsDeletionWaitsIsAtThePairInTheEnd() {
        backUp(1);
        GeoStore geo = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        geo.copy();
        ObjectName pack = pack();
        byte[] bytes = geo.get(pack).orElseThrow();
        geo.delete(pack);
        geo.putIfAbsent(pack, bytes);
        geo.copy();
        assertThat(Arrays.equals(first.objects.get(pack), bytes)).isTrue();
        assertThat(Arrays.equals(second.objects.get(pack), bytes)).isTrue();
        assertThat(first.list("zone/")).isEmpty();
    }

    @Test
    void whatTheFirstPlaceLostIsReadAndHealedFromThePair() {
        SnapshotId id = backUp(1);
        new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE).copy();
        first.objects.remove(pack());
        first.objects.computeIfPresent(
                Names.snapshot(ARCHIVE, id),
                (name, bytes) -> {
                    bytes[60] ^= 1;
                    return bytes;
                });
        GeoStore geo = new GeoStore(first, second, SampleVault.CLOCK, CopyEvents.NONE);
        assertThat(checkAllRestores(geo)).isEqualTo(1);
        geo.copy();
        assertThat(checkAllRestores(first)).isEqualTo(1);
        first.objects.clear();
        assertThat(checkAllRestores(geo)).isEqualTo(1);
    }

    @Test
    void aScrubNamesWhatIsDamagedAndTakesItFromAnotherTier() {
        backUp(1);
        pass(sync(first, second));
        Map<ObjectName, byte[]> before = Map.copyOf(first.copy().objects);
        Consumer<ObjectName> spoil =
                name ->
                        first.objects.computeIfPresent(
                                name,
                                (n, bytes) -> {
                                    byte[] bad = bytes.clone();
                                    bad[bad.length - 5] ^= 4;
                                    return bad;
                                });
        for (ObjectName name : before.keySet()) {
            spoil.accept(name);
            Scrub.Report report =
                    new Scrub(first, List.of(first), List.of(second), check())
                            .run(Scrub.Report.NONE, Pace.FREE, (soFar, all) -> {}, () -> false);
            assertThat(report.damaged()).containsExactly(name.text());
            assertThat(report.repaired()).containsExactly(name.text());
            assertThat(report.objects()).isEqualTo(before.size());
            assertThat(first.objects.get(name)).isEqualTo(before.get(name));
        }
        spoil.accept(pack());
        Scrub.Report alone =
                new Scrub(first, List.of(first), List.of(), check())
                        .run(Scrub.Report.NONE, Pace.FREE, (soFar, all) -> {}, () -> false);
        assertThat(alone.unrepairable()).containsExactly(pack().text());
    }

    @Test
    void aScrubGoesOnWhereItEnded() {
        backUp(1);
        int[] left = {2};
        Scrub scrub = new Scrub(first, List.of(first), List.of(), check());
        Scrub.Report half =
                scrub.run(Scrub.Report.NONE, Pace.FREE, (soFar, all) -> {}, () -> left[0]-- <= 0);
        assertThat(half.complete()).isFalse();
        assertThat(half.objects()).isEqualTo(2);
        Scrub.Report whole = scrub.run(half, Pace.FREE, (soFar, all) -> {}, () -> false);
        assertThat(whole.complete()).isTrue();
        assertThat(whole.objects()).isEqualTo(first.objects.size());
    }

    /** Can be shut. */
    private static final class Gate extends ForwardingStore {
        private boolean shut;

        Gate(ObjectStore to) {
            super(to);
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            if (shut) {
                throw new Failure(Code.STORE_UNAVAILABLE, "shut", "none");
            }
            return super.putIfAbsent(name, content);
        }
    }
}
