package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class VaultRoundTripTest {
    private final MemoryStore store = new MemoryStore();
    private final Vault vault = SampleVault.create(store);
    private final Archive archive = vault.archive(ArchiveId.random(SampleVault.RANDOM));

    @Test
    void remembersWhatItIsWhenOpenedAgain() {
        Vault opened = SampleVault.open(store);
        assertThat(opened.id()).isEqualTo(vault.id());
        assertThat(opened.createdAt()).isEqualTo(SampleVault.NOON);
        assertThat(opened.location()).isEqualTo("memory");
    }

    @Test
    void aLogThatWasStoredInHasteIsTheSameLog() {
        Archive archive = vault.archive(new ArchiveId(vault.newId()));
        byte[] log = SampleVault.prose(9, 9 << 20);
        int unit = 4 << 20;
        for (int i = 0; i < 4; i++) {
            LogRange range = new LogRange(1, (long) i * unit, (long) (i + 1) * unit);
            Haste haste = i % 2 == 0 ? Haste.BACKLOG : Haste.NONE;
            assertThat(archive.putLog(range, log, i << 20, haste)).isEqualTo(PutOutcome.CREATED);
        }
        for (int i = 0; i < 4; i++) {
            LogRange range = new LogRange(1, (long) i * unit, (long) (i + 1) * unit);
            assertThat(archive.readLog(range).orElseThrow())
                    .isEqualTo(Arrays.copyOfRange(log, i << 20, (i << 20) + unit));
        }
        List<Long> stored = store.list("archives/").stream().map(StoredObject::bytes).toList();
        assertThat(stored.get(0)).isGreaterThan(stored.get(1));
    }

    @Test
    void tinyRunsOfSeveralFilesShareAChunk() {
        List<Slice> slices = new ArrayList<>();
        PackFigures figures;
        try (PackWriter writer = vault.newPackWriter()) {
            for (int i = 0; i < 100; i++) {
                slices.add(writer.appendData(SampleVault.prose(i, 37 + i), 0, 37 + i));
            }
            figures = writer.finish();
        }
        assertThat(slices).extracting(Slice::chunk).containsOnly(slices.getFirst().chunk());
        assertThat(figures.packs()).isEqualTo(1);
        assertThat(figures.clearBytes()).isEqualTo(100 * 37 + 99 * 100 / 2);
        assertThat(store.list("packs/"))
                .extracting(StoredObject::bytes)
                .containsExactly(figures.storedBytes());
        ChunkReader reader = SampleVault.open(store).reader();
        for (int i = 0; i < 100; i++) {
            assertThat(reader.read(slices.get(i))).isEqualTo(SampleVault.prose(i, 37 + i));
        }
    }

    @Test
    void runsAtAndAroundTheChunkLimitComeBack() {
        int most = PackWriter.CHUNK_BYTES;
        int[] lengths = {1, most, most - 1, 1, 2, most, 8192, most, most - 8192, 8192, 1};
        Map<Slice, byte[]> expected = new LinkedHashMap<>();
        try (PackWriter writer = vault.newPackWriter()) {
            for (int i = 0; i < lengths.length; i++) {
                byte[] bytes =
                        i % 2 == 0
                                ? SampleVault.noise(i, lengths[i] + 10)
                                : SampleVault.prose(i, lengths[i] + 10);
                Slice slice = writer.appendData(bytes, 7, lengths[i]);
                expected.put(slice, Arrays.copyOfRange(bytes, 7, 7 + lengths[i]));
            }
            writer.finish();
        }
        ChunkReader reader = vault.reader();
        expected.forEach((slice, bytes) -> assertThat(reader.read(slice)).isEqualTo(bytes));
        expected.forEach((slice, bytes) -> assertThat(reader.read(slice)).isEqualTo(bytes));
        vault.packs().forEach(vault::checkPack);
    }

    @Test
    void bytesThatDoNotCompressAreKeptWithLittleOnTop() {
        byte[] noise = SampleVault.noise(1, 4 * PackWriter.CHUNK_BYTES);
        List<Slice> slices = new ArrayList<>();
        PackFigures figures;
        try (PackWriter writer = vault.newPackWriter()) {
            for (int at = 0; at < noise.length; at += PackWriter.CHUNK_BYTES) {
                slices.add(writer.appendData(noise, at, PackWriter.CHUNK_BYTES));
            }
            figures = writer.finish();
        }
        assertThat(figures.storedBytes()).isBetween((long) noise.length, noise.length + 1000L);
        assertThat(figures.packs()).isGreaterThan(1);
        assertThat(vault.packs()).hasSize(figures.packs());
        for (int i = 0; i < slices.size(); i++) {
            int from = i * PackWriter.CHUNK_BYTES;
            assertThat(vault.reader().read(slices.get(i)))
                    .isEqualTo(Arrays.copyOfRange(noise, from, from + PackWriter.CHUNK_BYTES));
        }
    }

    @Test
    void mapsAndDataOfOnePackKeepApart() {
        byte[] longMap = SampleVault.noise(9, 3_000_000);
        Slice data;
        Slice map;
        Slice large;
        Slice moreData;
        try (PackWriter writer = vault.newPackWriter()) {
            data = writer.appendData(SampleVault.prose(1, 100), 0, 100);
            map = writer.appendMap(SampleVault.prose(2, 100), 0, 100);
            moreData = writer.appendData(SampleVault.prose(3, 100), 0, 100);
            large = writer.appendMap(longMap, 0, longMap.length);
            writer.finish();
        }
        assertThat(moreData.chunk()).isEqualTo(data.chunk());
        assertThat(map.chunk()).isNotEqualTo(data.chunk());
        assertThat(vault.reader().read(data)).isEqualTo(SampleVault.prose(1, 100));
        assertThat(vault.reader().read(map)).isEqualTo(SampleVault.prose(2, 100));
        assertThat(vault.reader().read(moreData)).isEqualTo(SampleVault.prose(3, 100));
        assertThat(vault.reader().read(large)).isEqualTo(longMap);
    }

    @Test
    void aWriterWithNothingToStoreStoresNothing() {
        try (PackWriter writer = vault.newPackWriter()) {
            assertThat(writer.finish()).isEqualTo(new PackFigures(0, 0, 0));
        }
        assertThat(vault.packs()).isEmpty();
    }

    @Test
    void aWriterRefusesWhatNoChunkHolds() {
        try (PackWriter writer = vault.newPackWriter()) {
            byte[] bytes = new byte[PackWriter.CHUNK_BYTES + 1];
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.appendData(bytes, 0, bytes.length));
            assertThatIllegalArgumentException().isThrownBy(() -> writer.appendData(bytes, 0, 0));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> writer.appendData(bytes, 2, bytes.length - 1));
            assertThat(writer.appendData(bytes, 0, 1)).isNotNull();
            writer.finish();
            assertThatIllegalStateException().isThrownBy(() -> writer.appendData(bytes, 0, 1));
            assertThatIllegalStateException().isThrownBy(writer::finish);
        }
    }

    @Test
    void aSnapshotComesBackAsItWasPublished() {
        SnapshotId id = SnapshotId.at(SampleVault.NOON, SampleVault.RANDOM);
        Snapshot snapshot = new Snapshot(id, Map.of("b", "zwei", "a", "ünï\uD83D\uDC18", "", ""));
        ChunkRef chunk = new ChunkRef(PackId.random(SampleVault.RANDOM), 70_000);
        Slice map = new Slice(chunk, 3, PackWriter.MAP_BYTES_MAX - 3);
        List<TreeEntry> tree =
                List.of(
                        new TreeEntry.Directory("", 0700, -1),
                        new TreeEntry.Directory("base", 040755, 1),
                        new TreeEntry.RegularFile("base/na\nme \uD83D\uDC18", 0600, 5, 0, map),
                        new TreeEntry.RegularFile("f", 0xFFFF, Long.MAX_VALUE, Long.MAX_VALUE, map),
                        new TreeEntry.SymbolicLink("pg_tblspc/1", "/mnt/../else where"));
        assertThat(archive.snapshot(id)).isEmpty();
        archive.publish(snapshot, tree);
        Archive opened = SampleVault.open(store).archive(archive.id());
        assertThat(opened.snapshot(id)).contains(snapshot);
        assertThat(opened.snapshots()).containsExactly(snapshot);
        assertThat(opened.tree(id)).isEqualTo(tree);
        assertThat(opened.snapshots().getFirst().properties().keySet())
                .containsExactly("", "a", "b");
    }

    @Test
    void aTreeOfManyChunksComesBack() {
        List<TreeEntry> tree = new ArrayList<>();
        for (int i = 0; i < 40_000; i++) {
            ChunkRef chunk = new ChunkRef(PackId.random(SampleVault.RANDOM), i);
            tree.add(new TreeEntry.RegularFile("base/1/" + i, 0600, i, i, new Slice(chunk, i, 10)));
        }
        SnapshotId id = SnapshotId.random(SampleVault.RANDOM);
        archive.publish(new Snapshot(id, Map.of()), tree);
        assertThat(archive.tree(id)).isEqualTo(tree);
    }

    @Test
    void anEmptyTreeComesBack() {
        SnapshotId id = SnapshotId.random(SampleVault.RANDOM);
        archive.publish(new Snapshot(id, Map.of()), List.of());
        assertThat(archive.tree(id)).isEmpty();
        assertThat(archive.snapshot(id)).contains(new Snapshot(id, Map.of()));
    }

    @Test
    void publishingTheSameSnapshotAgainDoesNothingAndAnotherOneIsRefused() {
        SnapshotId id = SnapshotId.random(SampleVault.RANDOM);
        List<TreeEntry> tree = List.of(new TreeEntry.Directory("", 0700, 1));
        archive.publish(new Snapshot(id, Map.of("k", "v")), tree);
        List<StoredObject> before = store.list("archives/");
        archive.publish(new Snapshot(id, Map.of("k", "v")), tree);
        assertThat(store.list("archives/")).isEqualTo(before);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> archive.publish(new Snapshot(id, Map.of("k", "w")), tree))
                .matches(failure -> failure.code() == Code.WRONG_STATE);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> archive.publish(new Snapshot(id, Map.of("k", "v")), List.of()))
                .matches(failure -> failure.code() == Code.WRONG_STATE);
    }

    @Test
    void snapshotsAreSortedByTheTextOfTheirIds() {
        List<SnapshotId> ids =
                List.of(
                        SnapshotId.parse("00000000-0000-7000-8000-000000000000"),
                        SnapshotId.parse("7fffffff-ffff-7000-8000-000000000000"),
                        SnapshotId.parse("80000000-0000-7000-8000-000000000000"),
                        SnapshotId.parse("ffffffff-ffff-7000-bfff-ffffffffffff"));
        for (SnapshotId id : ids.reversed()) {
            archive.publish(new Snapshot(id, Map.of()), List.of());
        }
        assertThat(archive.snapshotIds()).isEqualTo(ids);
        assertThat(archive.snapshots()).extracting(Snapshot::id).isEqualTo(ids);
    }

    @Test
    void idsOfLaterMomentsSortBehind() {
        SnapshotId early = SnapshotId.at(SampleVault.NOON, SampleVault.RANDOM);
        SnapshotId late = SnapshotId.at(SampleVault.NOON.plusMillis(1), SampleVault.RANDOM);
        assertThat(early).isLessThan(late);
        assertThat(SnapshotId.parse(early.toString())).isEqualTo(early);
    }

    @Test
    void theTreeOfAnUnknownSnapshotIsMissing() {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> archive.tree(SnapshotId.random(SampleVault.RANDOM)))
                .matches(failure -> failure.code() == Code.MISSING_OBJECT);
    }

    @Test
    void logPiecesComeBackAndAreListedFromTheirNames() {
        LogRange first = new LogRange(1, 0x1000000, 0x1000000 + LogRange.BYTES_MAX);
        LogRange second = new LogRange(1, first.to(), first.to() + 1);
        LogRange other = new LogRange(0xFFFFFFFF, 0x8000000000000000L, 0x8000000000000010L);
        byte[] wal = SampleVault.prose(4, LogRange.BYTES_MAX + 5);
        assertThat(archive.putLog(first, wal, 5)).isEqualTo(PutOutcome.CREATED);
        assertThat(archive.putLog(second, wal, 0)).isEqualTo(PutOutcome.CREATED);
        assertThat(archive.putLog(other, wal, 0)).isEqualTo(PutOutcome.CREATED);
        assertThat(archive.putLog(second, wal, 1)).isEqualTo(PutOutcome.EXISTS);
        Archive opened = SampleVault.open(store).archive(archive.id());
        assertThat(opened.logStreams()).containsExactly(1, 0xFFFFFFFF);
        assertThat(opened.logs(1)).containsExactly(first, second);
        assertThat(opened.logs(0xFFFFFFFF)).containsExactly(other);
        assertThat(opened.logs(2)).isEmpty();
        assertThat(opened.readLog(first).orElseThrow())
                .isEqualTo(Arrays.copyOfRange(wal, 5, wal.length));
        assertThat(opened.readLog(second).orElseThrow()).containsExactly(wal[0]);
        opened.deleteLog(second);
        opened.deleteLog(second);
        assertThat(opened.readLog(second)).isEmpty();
        assertThat(opened.logs(1)).containsExactly(first);
    }

    @Test
    void documentsHaveVersionsThatRise() {
        assertThat(archive.newestDocument("server")).isEmpty();
        assertThat(archive.putDocument("server", new byte[0]).version()).isEqualTo(1);
        assertThat(archive.newestDocument("server"))
                .contains(new StoredDocument("server", 1, new byte[0]));
        byte[] large = SampleVault.noise(3, 3_000_000);
        assertThat(archive.putDocument("server", large).version()).isEqualTo(2);
        assertThat(archive.putDocument("tombs-2", new byte[] {1}).version()).isEqualTo(1);
        assertThat(SampleVault.open(store).archive(archive.id()).newestDocument("server"))
                .contains(new StoredDocument("server", 2, large));
        assertThatIllegalArgumentException().isThrownBy(() -> archive.newestDocument("../x"));
    }

    @Test
    void archivesAreThoseThatHoldSomething() {
        assertThat(vault.archives()).isEmpty();
        archive.putDocument("server", new byte[] {1});
        Archive other = vault.archive(ArchiveId.random(SampleVault.RANDOM));
        other.putLog(new LogRange(1, 0, 1), new byte[1], 0);
        assertThat(vault.archives()).containsExactlyInAnyOrder(archive.id(), other.id());
        assertThat(Optional.of(vault.archives().getFirst())).isPresent();
    }
}
