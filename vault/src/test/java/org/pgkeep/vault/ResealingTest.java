package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Old objects get the newest key under new names, and nobody who refers to them notices. */
class ResealingTest {
    private static final ArchiveId ARCHIVE = ArchiveId.random(SampleVault.RANDOM);

    private final MemoryStore store = new MemoryStore();
    private final Vault vault = SampleVault.create(store);
    private final Contents truth = fill(vault);

    @Test
    void everySealedObjectIsSealedAnewUnderANewName() {
        List<ObjectName> before = sealedNames();
        vault.keys().rotate(List.of(), false);
        Resealing.Figures figures = reseal(vault);
        assertThat(figures.resealed()).isEqualTo(before.size());
        assertThat(figures.damaged()).isEmpty();
        assertThat(sealedNames())
                .isEqualTo(before.stream().map(name -> Forms.of(name, 2)).toList());
        for (ObjectName name : sealedNames()) {
            assertThat(generation(name)).isEqualTo(2);
        }
        for (Vault reader : List.of(vault, SampleVault.open(store))) {
            assertThat(read(reader)).isEqualTo(truth);
        }
        assertThat(reseal(vault).resealed()).isZero();
    }

    @Test
    void aReaderWithEverythingInItsCachesGoesOnReading() {
        assertThat(read(vault)).isEqualTo(truth);
        Vault other = SampleVault.open(store);
        assertThat(read(other)).isEqualTo(truth);
        vault.keys().rotate(List.of(), false);
        reseal(vault);
        assertThat(read(vault)).isEqualTo(truth);
        // this one was not told of the rotation
        assertThat(read(other)).isEqualTo(truth);
    }

    @Test
    void secondAndThirdGenerationsFollow() {
        for (int generation = 2; generation <= 4; generation++) {
            vault.keys().rotate(List.of(), false);
            if (generation != 3) {
                reseal(vault);
            }
            assertThat(read(vault)).isEqualTo(truth);
            assertThat(read(SampleVault.open(store))).isEqualTo(truth);
        }
        assertThat(sealedNames()).allMatch(name -> name.text().endsWith(".g4"));
    }

    @Test
    void whatIsWrittenAfterwardsTakesNoNameThatWasTaken() {
        vault.keys().rotate(List.of(), false);
        reseal(vault);
        Archive archive = vault.archive(ARCHIVE);
        assertThat(archive.putDocument("server", new byte[] {3}).version()).isEqualTo(3);
        LogRange range = new LogRange(1, 0, 40);
        assertThat(archive.putLog(range, SampleVault.prose(1, 40), 0)).isEqualTo(PutOutcome.EXISTS);
        assertThat(store.get(Names.log(ARCHIVE, range))).isEmpty();
        assertThat(archive.logs(1)).hasSize(2);
    }

    @Test
    void deletingDeletesEveryForm() {
        vault.keys().rotate(List.of(), false);
        MemoryStore before = store.copy();
        reseal(vault);
        // as a run that was cut off before it deleted
        before.objects.forEach(store.objects::putIfAbsent);
        LogRange range = new LogRange(1, 0, 40);
        vault.archive(ARCHIVE).deleteLog(range);
        assertThat(vault.archive(ARCHIVE).readLog(range)).isEmpty();
        assertThat(store.list("archives/" + ARCHIVE + "/log/")).hasSize(2);
        assertThat(vault.archive(ARCHIVE).logs(1)).hasSize(1);
    }

    @Test
    void aDamagedObjectStaysAsItIsAndIsNamed() {
        ObjectName damaged = sealedNames().getFirst();
        byte[] bytes = store.get(damaged).orElseThrow();
        bytes[bytes.length - 1] ^= 1;
        store.objects.put(damaged, bytes);
        vault.keys().rotate(List.of(), false);
        Resealing.Figures figures = reseal(vault);
        assertThat(figures.damaged()).containsExactly(damaged.text());
        assertThat(store.get(damaged)).contains(bytes);
        assertThat(figures.resealed()).isEqualTo(figures.objects() - 1);
    }

    @Test
    void aFormThatHoldsSomethingElseIsNotBelieved() {
        vault.keys().rotate(List.of(), false);
        MemoryStore before = store.copy();
        reseal(vault);
        ObjectName one = Names.log(ARCHIVE, new LogRange(1, 0, 40));
        ObjectName other = Names.log(ARCHIVE, new LogRange(1, 40, 80));
        byte[] wrong = store.get(Forms.of(other, 2)).orElseThrow();
        before.objects.put(Forms.of(one, 2), wrong);
        Resealing.Figures figures = reseal(SampleVault.open(before));
        assertThat(figures.damaged()).containsExactly(one.text());
        assertThat(before.get(one)).isPresent();
    }

    @Test
    void itCanBeCancelledAndGoesOnWhereItEnded() {
        vault.keys().rotate(List.of(), false);
        int all = sealedNames().size();
        int[] asked = {0};
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> vault.resealing().run((_, _) -> {}, () -> asked[0]++ >= 3))
                .matches(failure -> failure.code() == Code.INTERRUPTED);
        assertThat(read(vault)).isEqualTo(truth);
        List<Long> progress = new ArrayList<>();
        Resealing.Figures figures =
                vault.resealing().run((done, of) -> progress.add(of - done), () -> false);
        assertThat(figures.resealed()).isPositive().isLessThan(all);
        assertThat(progress.getLast()).isZero();
        assertThat(read(vault)).isEqualTo(truth);
    }

    @Test
    void aVaultOfOneGenerationIsNotLookedThroughTwice() {
        int[] ranges = {0};
        ObjectStore counting =
                new ForwardingStore(store) {
                    @Override
                    public Optional<byte[]> range(ObjectName name, long offset, int length) {
                        ranges[0]++;
                        return super.range(name, offset, length);
                    }
                };
        Vault counted = SampleVault.open(counting);
        ranges[0] = 0;
        counted.archive(ARCHIVE).putDocument("server", new byte[] {1});
        assertThat(ranges[0]).isZero();
        counted.archive(ARCHIVE).newestDocument("server");
        assertThat(ranges[0]).isEqualTo(1);
    }

    private List<ObjectName> sealedNames() {
        List<ObjectName> names = new ArrayList<>();
        for (String prefix : List.of("archives/", "packs/")) {
            store.list(prefix).forEach(object -> names.add(object.name()));
        }
        return names;
    }

    private int generation(ObjectName name) {
        return ByteBuffer.wrap(store.get(name).orElseThrow()).getInt(12);
    }

    private static Resealing.Figures reseal(Vault vault) {
        return vault.resealing().run((_, _) -> {}, () -> false);
    }

    /** What a vault holds, as readers see it. */
    private record Contents(List<String> texts) {}

    private static Contents fill(Vault vault) {
        Archive archive = vault.archive(ARCHIVE);
        for (int i = 0; i < 2; i++) {
            SnapshotId id = SnapshotId.random(SampleVault.RANDOM);
            byte[] noise = SampleVault.noise(i, 200_000);
            List<TreeEntry> tree = new ArrayList<>();
            try (PackWriter writer = vault.newPackWriter()) {
                List<Extent> extents = new ArrayList<>();
                extents.add(new Extent(0, writer.appendData(noise, 0, 16 * 8192)));
                extents.add(new Extent(16, writer.appendData(noise, 16 * 8192, 68_928)));
                List<RegionDigest> digests =
                        List.of(
                                RegionDigest.of(noise, 0, 131_072),
                                RegionDigest.of(noise, 131_072, 68_928));
                byte[] map = new FileMap(extents, digests).encode();
                Slice at = writer.appendMap(map, 0, map.length);
                tree.add(new TreeEntry.RegularFile("f", 0600, 1, noise.length, at));
                writer.finish();
            }
            archive.publish(new Snapshot(id, Map.of("k", "v" + i)), tree);
            archive.putDocument("server", new byte[] {(byte) i});
        }
        archive.putLog(new LogRange(1, 0, 40), SampleVault.prose(1, 40), 0);
        archive.putLog(new LogRange(1, 40, 80), SampleVault.prose(2, 40), 0);
        return read(vault);
    }

    private static Contents read(Vault vault) {
        List<String> texts = new ArrayList<>();
        Archive archive = vault.archive(ARCHIVE);
        StoredDocument document = archive.newestDocument("server").orElseThrow();
        texts.add(document.version() + ":" + document.content()[0]);
        for (LogRange range : archive.logs(1)) {
            texts.add(range + " " + RegionDigest.of(archive.readLog(range).orElseThrow(), 0, 40));
        }
        for (Snapshot snapshot : archive.snapshots()) {
            texts.add(snapshot.toString());
            for (TreeEntry entry : archive.tree(snapshot.id())) {
                if (entry instanceof TreeEntry.RegularFile file) {
                    for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
                        byte[] run = vault.reader().read(extent.slice());
                        texts.add(RegionDigest.of(run, 0, run.length).toString());
                    }
                }
            }
        }
        vault.packs().forEach(vault::checkPack);
        texts.add(vault.packs().toString());
        return new Contents(texts);
    }
}
