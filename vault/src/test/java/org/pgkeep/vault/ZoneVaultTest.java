package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.LocationHealth;
import org.pgkeep.vault.copy.ZoneFounding;
import org.pgkeep.vault.copy.ZoneRepair;
import org.pgkeep.vault.copy.ZoneStore;
import org.pgkeep.vault.store.DirectoryStore;

/** A vault on three locations. */
class ZoneVaultTest {
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");

    private final List<MemoryStore> memory =
            List.of(new MemoryStore(), new MemoryStore(), new MemoryStore());
    private final List<Gate> gates = memory.stream().map(Gate::new).toList();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final CopyEvents log =
            new CopyEvents() {
                @Override
                public void healed(ObjectName name, String location, String why) {
                    told.add("healed " + name + " at " + location + ": " + why);
                }

                @Override
                public void lost(String location, String why) {
                    told.add("lost " + location);
                }

                @Override
                public void back(String location) {
                    told.add("back " + location);
                }
            };

    /** Can be shut. */
    private static final class Gate extends ForwardingStore {
        private volatile boolean shut;

        Gate(ObjectStore to) {
            super(to);
        }

        private void pass() {
            if (shut) {
                throw new Failure(Code.STORE_UNAVAILABLE, "shut", "none");
            }
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            pass();
            return super.putIfAbsent(name, content);
        }

        @Override
        public java.util.Optional<byte[]> range(ObjectName name, long offset, int length) {
            pass();
            return super.range(name, offset, length);
        }

        @Override
        public java.util.Optional<byte[]> get(ObjectName name) {
            pass();
            return super.get(name);
        }

        @Override
        public List<StoredObject> list(String prefix) {
            pass();
            return super.list(prefix);
        }

        @Override
        public void delete(ObjectName name) {
            pass();
            super.delete(name);
        }
    }

    private ZoneStore zone() {
        return new ZoneStore(List.copyOf(gates), InstantSource.system(), log);
    }

    private Vault newVault() {
        ZoneFounding.found(List.copyOf(memory), new UUID(1, 2));
        return SampleVault.create(zone());
    }

    private static SnapshotId backUp(Vault vault, long seed) {
        SnapshotId id = SnapshotId.random(new java.util.Random(seed));
        byte[] bytes = SampleVault.noise(seed, 300_000);
        List<TreeEntry> tree = new ArrayList<>();
        try (PackWriter writer = vault.newPackWriter()) {
            Slice data = writer.appendData(bytes, 0, 100_000);
            byte[] map =
                    new FileMap(
                                    List.of(new Extent(0, data)),
                                    List.of(RegionDigest.of(bytes, 0, 100_000)))
                            .encode();
            tree.add(
                    new TreeEntry.RegularFile(
                            "f", 0600, 0, 100_000, writer.appendMap(map, 0, map.length)));
            writer.finish();
        }
        vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of("seed", "" + seed)), tree);
        return id;
    }

    private static void checkRestores(Vault vault, SnapshotId id, long seed) {
        TreeEntry.RegularFile file =
                (TreeEntry.RegularFile) vault.archive(ARCHIVE).tree(id).getFirst();
        byte[] read =
                vault.reader()
                        .read(
                                FileMap.read(vault.reader(), file.map())
                                        .extents()
                                        .getFirst()
                                        .slice());
        assertThat(read)
                .isEqualTo(java.util.Arrays.copyOf(SampleVault.noise(seed, 300_000), 100_000));
    }

    @Test
    void eachLocationAloneIsAWholeVault() {
        SnapshotId id = backUp(newVault(), 7);
        for (int left = 0; left < 3; left++) {
            // by itself, without knowing of the others
            checkRestores(SampleVault.open(memory.get(left)), id, 7);
            // and through the zone, with the two others away
            for (int i = 0; i < 3; i++) {
                gates.get(i).shut = i != left;
            }
            checkRestores(SampleVault.open(zone()), id, 7);
        }
    }

    @Test
    void nothingIsToldToBeStoredByLessThanTwo() {
        Vault vault = newVault();
        gates.get(0).shut = true;
        backUp(vault, 1);
        gates.get(2).shut = true;
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> backUp(vault, 2))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.STORE_UNAVAILABLE))
                .withMessageContaining("three locations");
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> vault.archive(ARCHIVE).putDocument("d", new byte[] {1}));
    }

    @Test
    void aLocationThatWasAwayIsShownAndCatchesUp() {
        Vault vault = newVault();
        SnapshotId first = backUp(vault, 1);
        ZoneStore zone = zone();
        Vault same = SampleVault.open(zone);
        gates.get(1).shut = true;
        SnapshotId second = backUp(same, 2);
        same.archive(ARCHIVE).putDocument("d", new byte[] {1});
        assertThat(zone.health().get(1).state()).isEqualTo(LocationHealth.State.AWAY);
        assertThat(zone.health().get(1).lacking()).isPositive();
        assertThat(zone.health().get(1).reason())
                .hasValueSatisfying(why -> assertThat(why).contains("shut"));
        gates.get(1).shut = false;
        ZoneRepair.Outcome outcome = zone.repair().pass(CopyCheck.NONE);
        assertThat(outcome.complete()).isTrue();
        assertThat(outcome.copied()).isPositive();
        assertThat(zone.health())
                .allMatch(each -> each.state() == LocationHealth.State.GOOD && each.lacking() == 0);
        assertThat(told).anyMatch(line -> line.startsWith("lost location 2"));
        assertThat(told).anyMatch(line -> line.startsWith("back location 2"));
        Vault alone = SampleVault.open(memory.get(1));
        checkRestores(alone, first, 1);
        checkRestores(alone, second, 2);
        assertThat(alone.archive(ARCHIVE).newestDocument("d")).isPresent();
    }

    @Test
    void aDamagedObjectOfAnyKindIsReadFromAnotherCopyHealedAndNamed() {
        newVault();
        Vault vault = SampleVault.open(zone());
        SnapshotId id = backUp(vault, 3);
        vault.archive(ARCHIVE).putDocument("d", new byte[] {4, 5});
        vault.archive(ARCHIVE).putLog(new LogRange(1, 0, 100), SampleVault.noise(5, 100), 0);
        vault.putTiers(vault.tiers(), List.of(org.pgkeep.vault.tier.TierSettings.local("a", "/a")));
        MemoryStore first = memory.getFirst();
        for (ObjectName name : List.copyOf(first.objects.keySet())) {
            if (name.text().startsWith("zone/")) {
                continue;
            }
            byte[] good = first.get(name).orElseThrow();
            byte[] bad = good.clone();
            bad[bad.length / 2] ^= 0x10;
            first.objects.put(name, bad);
            told.clear();
            Vault reader = SampleVault.open(zone());
            checkRestores(reader, id, 3);
            assertThat(reader.archive(ARCHIVE).newestDocument("d").orElseThrow().content())
                    .containsExactly(4, 5);
            assertThat(reader.archive(ARCHIVE).readLog(new LogRange(1, 0, 100)))
                    .hasValue(SampleVault.noise(5, 100));
            assertThat(reader.tiers().tiers()).hasSize(1);
            assertThat(told).as(name.text()).anyMatch(line -> line.contains(name.text()));
            assertThat(first.objects.get(name)).as(name.text()).isEqualTo(good);
            first.objects.put(name, good);
        }
    }

    @Test
    void anObjectDamagedEverywhereIsAFailureThatNamesIt() {
        newVault();
        Vault vault = SampleVault.open(zone());
        SnapshotId id = backUp(vault, 3);
        memory.forEach(store ->
                store.objects.replaceAll((name, bytes) -> {
                    byte[] bad = bytes.clone();
                    if (name.text().contains("/snapshots/")) {
                        bad[bad.length - 1] ^= 1;
                    }
                    return bad;
                }));
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> vault.archive(ARCHIVE).tree(id))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.DAMAGED_OBJECT))
                .withMessageContaining(id.toString());
    }

    @Test
    void aDamagedCopyIsNotSpreadByTheRepair() {
        newVault();
        Vault vault = SampleVault.open(zone());
        backUp(vault, 3);
        ObjectName pack =
                memory.get(0).objects.keySet().stream()
                        .filter(name -> name.text().startsWith("packs/"))
                        .findFirst()
                        .orElseThrow();
        byte[] good = memory.get(0).get(pack).orElseThrow();
        byte[] bad = good.clone();
        bad[good.length / 2] ^= 1;
        memory.get(0).objects.put(pack, bad);
        memory.get(2).objects.remove(pack);
        ZoneStore zone = zone();
        zone.repair().pass(CopyCheck.NONE);
        assertThat(memory.get(2).objects)
                .as("nobody could tell which is good")
                .doesNotContainKey(pack);
        zone.repair()
                .pass((name, bytes) ->
                        vault.isWhole(name, bytes)
                                .map(whole ->
                                        whole ? CopyCheck.Verdict.GOOD : CopyCheck.Verdict.BAD)
                                .orElse(CopyCheck.Verdict.UNKNOWN));
        assertThat(memory.get(2).objects.get(pack)).isEqualTo(good);
    }

    @Test
    void anEmptyPlaceIsTakenForOneThatIsNotMountedUntilItIsFilledOnDemand() {
        newVault();
        Vault vault = SampleVault.open(zone());
        SnapshotId id = backUp(vault, 3);
        memory.get(1).objects.clear();
        ZoneStore zone = zone();
        SnapshotId later = backUp(SampleVault.open(zone), 4);
        assertThat(memory.get(1).objects).isEmpty();
        assertThat(zone.health().get(1).state()).isEqualTo(LocationHealth.State.AWAY);
        assertThat(zone.health().get(1).reason().orElseThrow()).contains("refill --location 2");
        assertThat(ZoneFounding.refill(List.copyOf(memory), 2)).isPositive();
        Vault alone = SampleVault.open(memory.get(1));
        checkRestores(alone, id, 3);
        checkRestores(alone, later, 4);
    }

    @Test
    void placesInTheWrongOrderAreNotTakenForTheZone() {
        newVault();
        ZoneStore swapped =
                new ZoneStore(
                        List.of(gates.get(1), gates.get(0), gates.get(2)),
                        InstantSource.system(),
                        log);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> swapped.putIfAbsent(new ObjectName("x/y"), new byte[1]));
        assertThat(swapped.health().stream().map(LocationHealth::state))
                .containsExactly(
                        LocationHealth.State.AWAY,
                        LocationHealth.State.AWAY,
                        LocationHealth.State.GOOD);
    }

    @Test
    void directoriesThatAreRemovedAreAway(@TempDir Path folder) throws Exception {
        List<ObjectStore> stores = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
            java.nio.file.Files.createDirectories(folder.resolve(name));
            stores.add(new DirectoryStore(folder.resolve(name)));
        }
        ZoneFounding.found(stores, new UUID(3, 4));
        Vault vault = SampleVault.create(new ZoneStore(stores, InstantSource.system(), log));
        SnapshotId id = backUp(vault, 9);
        java.nio.file.Files.move(folder.resolve("a"), folder.resolve("a-away"));
        java.nio.file.Files.move(folder.resolve("c"), folder.resolve("c-away"));
        ZoneStore zone = new ZoneStore(stores, InstantSource.system(), log);
        checkRestores(SampleVault.open(zone), id, 9);
        checkRestores(vault, id, 9);
        assertThat(zone.health().stream().map(LocationHealth::state))
                .containsExactly(
                        LocationHealth.State.AWAY,
                        LocationHealth.State.GOOD,
                        LocationHealth.State.AWAY);
    }
}
