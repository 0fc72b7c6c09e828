package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Spoils a small vault in every way a disk or a hostile store could, one at a time, and reads
 * everything there is: each time the reading must end with a word about the damage, never with
 * other bytes and never with another exception.
 */
class DamageTest {
    private static final Set<Code> WORDS =
            EnumSet.of(
                    Code.DAMAGED_OBJECT,
                    Code.MISSING_OBJECT,
                    Code.WRONG_KEY,
                    Code.NEWER_FORMAT,
                    Code.WRONG_PLACE);

    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");
    private static final SnapshotId FIRST =
            SnapshotId.parse("0a1b2c3d-0000-7000-8000-000000000001");
    private static final SnapshotId SECOND =
            SnapshotId.parse("0a1b2c3d-0000-7000-8000-000000000002");
    private static final VaultKey.KeyFile OTHER_KEY = VaultKey.KeyFile.random(SampleVault.RANDOM);

    private final MemoryStore whole = smallVault();
    private final List<String> truth = readEverything(whole);

    @Test
    void theSmallVaultHasTwoOfEachKindAndReadsTheSameTwice() {
        assertThat(readEverything(whole)).isEqualTo(truth);
        for (String prefix : List.of("keys/", "packs/")) {
            assertThat(whole.list(prefix)).hasSize(2);
        }
        for (String folder : List.of("snapshots", "documents", "log")) {
            assertThat(whole.list("archives/" + ARCHIVE + "/" + folder + "/")).hasSize(2);
        }
    }

    @Test
    void everyFlippedByteIsFound() {
        for (StoredObject object : whole.list("")) {
            for (int i = 0; i < object.bytes(); i++) {
                int at = i;
                spoil(object.name(), "bit of byte " + i, bytes -> flip(bytes, at, 1 << (at % 8)));
                if (object.name().text().endsWith(".json")) {
                    // Upper and lower case of hexadecimal digits, blanks and zero bytes.
                    spoil(object.name(), "case of byte " + i, bytes -> flip(bytes, at, 0x20));
                }
            }
        }
    }

    @Test
    void everyTruncationIsFound() {
        for (StoredObject object : whole.list("")) {
            for (int i = 0; i < object.bytes(); i++) {
                int length = i;
                spoil(object.name(), "cut at " + i, bytes -> Arrays.copyOf(bytes, length));
            }
        }
    }

    @Test
    void whatIsAppendedIsFound() {
        for (StoredObject object : whole.list("")) {
            int length = (int) object.bytes();
            spoil(object.name(), "a byte more", bytes -> Arrays.copyOf(bytes, length + 1));
            spoil(object.name(), "a MB more", bytes -> Arrays.copyOf(bytes, length + (1 << 20)));
        }
    }

    @Test
    void anObjectInThePlaceOfItsNeighbourIsFound() {
        List<StoredObject> objects = whole.list("");
        for (StoredObject one : objects) {
            for (StoredObject other : objects) {
                if (!one.equals(other)) {
                    byte[] content = whole.get(other.name()).orElseThrow();
                    spoil(one.name(), "replaced by " + other.name(), _ -> content);
                }
            }
        }
    }

    @Test
    void twoSwappedObjectsAreFound() {
        List<StoredObject> objects = whole.list("");
        for (StoredObject one : objects) {
            for (StoredObject other : objects) {
                if (one.name().compareTo(other.name()) < 0) {
                    MemoryStore store = whole.copy();
                    store.objects.put(one.name(), whole.get(other.name()).orElseThrow());
                    store.objects.put(other.name(), whole.get(one.name()).orElseThrow());
                    assertFound(store, one.name() + " and " + other.name() + " swapped");
                }
            }
        }
    }

    @Test
    void aRenamedObjectIsFound() {
        Map<String, String> renamed =
                Map.of(
                        "vault/00000001.json",
                        "vault/00000002.json",
                        Names.snapshot(ARCHIVE, FIRST).text(),
                        Names.snapshot(ARCHIVE, SnapshotId.random(SampleVault.RANDOM)).text(),
                        Names.document(ARCHIVE, "server", 2).text(),
                        Names.document(ARCHIVE, "server", 3).text(),
                        Names.log(ARCHIVE, new LogRange(1, 0, 40)).text(),
                        Names.log(ARCHIVE, new LogRange(2, 0, 40)).text());
        renamed.forEach((from, to) -> {
            MemoryStore store = whole.copy();
            byte[] content = store.get(new ObjectName(from)).orElseThrow();
            store.objects.put(new ObjectName(to), content);
            store.delete(new ObjectName(from));
            assertFound(store, from + " renamed to " + to);
        });
        // An old version shown again under a new number, the newer one still there.
        MemoryStore replayed = whole.copy();
        replayed.objects.put(
                Names.document(ARCHIVE, "server", 3),
                whole.get(Names.document(ARCHIVE, "server", 1)).orElseThrow());
        assertFound(replayed, "version 1 replayed as version 3");
    }

    @Test
    void aMissingPackIsFound() {
        for (StoredObject pack : whole.list("packs/")) {
            MemoryStore store = whole.copy();
            store.delete(pack.name());
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> readEverything(store))
                    .withMessageContaining(pack.name().text())
                    .matches(failure -> failure.code() == Code.MISSING_OBJECT);
        }
    }

    @Test
    void framesOfOneObjectCanNotChangePlaces() {
        MemoryStore store = new MemoryStore();
        Vault vault =
                Vault.create(
                        store, List.of(SampleVault.KEY), SampleVault.RANDOM, SampleVault.CLOCK);
        byte[] noise = SampleVault.noise(1, PackWriter.CHUNK_BYTES);
        Slice first;
        try (PackWriter writer = vault.newPackWriter()) {
            first = writer.appendMap(noise, 0, noise.length);
            byte[] other = SampleVault.noise(2, PackWriter.CHUNK_BYTES);
            writer.appendMap(other, 0, other.length);
            writer.finish();
        }
        assertThat(vault.reader().read(first)).isEqualTo(noise);
        ObjectName name = Names.pack(first.chunk().pack());
        byte[] pack = store.get(name).orElseThrow();
        int stored = PackWriter.CHUNK_BYTES + 16;
        int start = pack.length - 2 * stored;
        byte[] swapped = pack.clone();
        System.arraycopy(pack, start, swapped, start + stored, stored);
        System.arraycopy(pack, start + stored, swapped, start, stored);
        store.objects.put(name, swapped);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> SampleVault.open(store).reader().read(first))
                .withMessageContaining(name.text())
                .matches(failure -> failure.code() == Code.DAMAGED_OBJECT);
    }

    @Test
    void aSliceThatItsChunkDoesNotHaveIsDamage() {
        MemoryStore store = new MemoryStore();
        Vault vault = SampleVault.create(store);
        Slice slice;
        try (PackWriter writer = vault.newPackWriter()) {
            slice = writer.appendData(new byte[10], 0, 10);
            writer.finish();
        }
        PackId pack = slice.chunk().pack();
        for (Slice wrong :
                List.of(
                        new Slice(slice.chunk(), 0, 11),
                        new Slice(slice.chunk(), 10, 1),
                        new Slice(new ChunkRef(pack, 1), 0, 1),
                        new Slice(new ChunkRef(pack, Integer.MAX_VALUE), 0, 1))) {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> vault.reader().read(wrong))
                    .withMessageContaining(pack.toString())
                    .matches(failure -> failure.code() == Code.DAMAGED_OBJECT);
        }
    }

    private void spoil(ObjectName name, String how, UnaryOperator<byte[]> hand) {
        MemoryStore store = whole.copy();
        store.objects.put(name, hand.apply(whole.get(name).orElseThrow()));
        assertFound(store, name + ", " + how);
    }

    private void assertFound(ObjectStore store, String how) {
        try {
            boolean right = readEverything(store).equals(truth);
            throw new AssertionError(how + (right ? ": not noticed" : ": wrong bytes came out"));
        } catch (Failure e) {
            assertThat(WORDS).as("%s: %s", how, e.message()).contains(e.code());
        } catch (RuntimeException e) {
            throw new AssertionError(how + ": " + e, e);
        }
    }

    private static byte[] flip(byte[] bytes, int at, int mask) {
        bytes[at] ^= (byte) mask;
        return bytes;
    }

    /** Two packs, snapshots, versions and pieces, and two keys; each object a few hundred bytes. */
    private static MemoryStore smallVault() {
        MemoryStore store = new MemoryStore();
        Vault vault =
                Vault.create(
                        store,
                        List.of(SampleVault.KEY, OTHER_KEY),
                        SampleVault.RANDOM,
                        SampleVault.CLOCK,
                        SampleVault.SMALL);
        Archive archive = vault.archive(ARCHIVE);
        for (SnapshotId id : List.of(FIRST, SECOND)) {
            byte[] prose = SampleVault.prose(id.hashCode(), 150);
            Slice map;
            try (PackWriter writer = vault.newPackWriter()) {
                Slice data = writer.appendData(prose, 0, prose.length);
                RegionDigest digest = RegionDigest.of(prose, 0, prose.length);
                byte[] bytes = new FileMap(List.of(new Extent(0, data)), List.of(digest)).encode();
                map = writer.appendMap(bytes, 0, bytes.length);
                writer.finish();
            }
            archive.publish(
                    new Snapshot(id, Map.of("startLsn", "0/" + id.toString().substring(35))),
                    List.of(
                            new TreeEntry.Directory("", 0700, 1),
                            new TreeEntry.RegularFile("base/1", 0600, 2, prose.length, map)));
            archive.putDocument("server", SampleVault.noise(id.hashCode(), 40));
        }
        archive.putLog(new LogRange(1, 0, 40), SampleVault.prose(1, 40), 0);
        archive.putLog(new LogRange(1, 40, 80), SampleVault.prose(2, 40), 0);
        return store;
    }

    private static List<String> readEverything(ObjectStore store) {
        List<String> read = new ArrayList<>();
        Vault vault = SampleVault.open(store);
        Vault again =
                Vault.open(
                        store, OTHER_KEY, SampleVault.RANDOM, SampleVault.CLOCK, SampleVault.SMALL);
        read.add(vault.id() + " " + vault.createdAt() + " " + again.id());
        read.add(vault.archives().toString());
        Archive archive = vault.archive(ARCHIVE);
        StoredDocument document = archive.newestDocument("server").orElseThrow();
        read.add(document.version() + " " + HexFormat.of().formatHex(document.content()));
        // Old versions are read by nobody; here they are, so that their bytes are accounted for.
        readOldVersion(vault, store, read);
        for (int stream : archive.logStreams()) {
            for (LogRange range : archive.logs(stream)) {
                read.add(range + " " + hex(archive.readLog(range).orElseThrow()));
            }
        }
        for (Snapshot snapshot : archive.snapshots()) {
            read.add(snapshot.toString());
            for (TreeEntry entry : archive.tree(snapshot.id())) {
                read.add(entry.toString());
                if (entry instanceof TreeEntry.RegularFile file) {
                    FileMap map = FileMap.read(vault.reader(), file.map());
                    for (Extent extent : map.extents()) {
                        read.add(hex(vault.reader().read(extent.slice())));
                    }
                }
            }
        }
        // Last, so that the reader meets the damage first.
        vault.packs().forEach(vault::checkPack);
        return read;
    }

    private static void readOldVersion(Vault vault, ObjectStore store, List<String> read) {
        ObjectName newest = Names.document(ARCHIVE, "server", 2);
        ObjectStore older =
                new ForwardingStore(store) {
                    @Override
                    public List<StoredObject> list(String prefix) {
                        return super.list(prefix).stream()
                                .filter(object -> !object.name().equals(newest))
                                .toList();
                    }
                };
        StoredDocument document =
                SampleVault.open(older).archive(ARCHIVE).newestDocument("server").orElseThrow();
        read.add(vault.id() + " " + hex(document.content()));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
