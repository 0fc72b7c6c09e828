package org.pgkeep.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The format stays what {@code docs/format.md} says: a vault that was stored when version 1 was
 * laid down opens for ever, and what is written today opens with the second implementation.
 */
class FormatDocumentTest {
    private static final VaultKey.KeyFile KEY = new VaultKey.KeyFile(counting(32));
    private static final VaultKey.Passphrase PASSPHRASE =
            new VaultKey.Passphrase("correct horse".toCharArray());
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("11111111-2222-4333-8444-555555555555");
    private static final VaultKey.KeyFile LATER = new VaultKey.KeyFile(counting(33, 32));
    private static final SnapshotId SNAPSHOT =
            SnapshotId.parse("01890000-0000-7000-8000-0000000000aa");
    private static final LogRange LOG = new LogRange(1, 0x1000, 0x1000 + 100);
    private static final int SPARSE_BYTES = 40 * FileMap.BLOCK_BYTES + 100;

    @Test
    void theStoredVaultOfVersionOneStillOpens() throws IOException {
        opensWith(stored("format-1.txt"), KEY, PASSPHRASE);
    }

    /** Stored when rotation came: two rotations, some objects sealed anew, and a key added last. */
    @Test
    void theStoredVaultOfThreeGenerationsStillOpens() throws IOException {
        opensWith(stored("format-1-generations.txt"), KEY, PASSPHRASE, LATER);
    }

    private static void opensWith(MemoryStore store, VaultKey... keys) {
        for (VaultKey key : keys) {
            Vault vault =
                    Vault.open(
                            store, key, SampleVault.RANDOM, SampleVault.CLOCK, SampleVault.SMALL);
            assertThat(vault.createdAt()).isEqualTo(SampleVault.NOON);
            assertThat(vault.archives()).containsExactly(ARCHIVE);
            Archive archive = vault.archive(ARCHIVE);
            assertThat(archive.newestDocument("server"))
                    .contains(new StoredDocument("server", 2, "two".getBytes(US_ASCII)));
            assertThat(archive.readLog(LOG).orElseThrow()).isEqualTo(counting(100));
            assertThat(archive.snapshots())
                    .containsExactly(new Snapshot(SNAPSHOT, Map.of("k", "v\u00fc")));
            List<TreeEntry> tree = archive.tree(SNAPSHOT);
            assertThat(tree).hasSize(4);
            assertThat(tree.getFirst()).isEqualTo(new TreeEntry.Directory("", 0700, 12));
            assertThat(tree.getLast()).isEqualTo(new TreeEntry.SymbolicLink("l", "/mnt/x"));
            assertThat(content(vault, tree.get(1))).isEqualTo(SampleVault.prose(1, 20_000));
            assertThat(content(vault, tree.get(2))).isEqualTo(sparse());
        }
    }

    @Test
    void theSecondImplementationReadsTheStoredVault() throws Exception {
        secondImplementationReads(stored("format-1.txt"), KEY);
        secondImplementationReads(stored("format-1-generations.txt"), KEY);
        secondImplementationReads(stored("format-1-generations.txt"), LATER);
    }

    @Test
    void theSecondImplementationReadsWhatIsWrittenToday() throws Exception {
        secondImplementationReads(writtenToday(), KEY);
        MemoryStore generations = rotatedToday();
        assertThat(generations.list("packs/").getFirst().name().text()).endsWith(".g2");
        secondImplementationReads(generations, KEY);
        secondImplementationReads(generations, LATER);
        opensWith(generations, KEY, PASSPHRASE, LATER);
    }

    @Test
    void theSecondImplementationReadsPagesHoweverTheyAreLaidOut() throws Exception {
        MemoryStore store = new MemoryStore();
        Vault vault =
                Vault.create(
                        store,
                        List.of(KEY),
                        SampleVault.RANDOM,
                        SampleVault.CLOCK,
                        SampleVault.SMALL);
        byte[] pages = new byte[16 * FileMap.BLOCK_BYTES];
        Random random = new Random(5);
        for (int at = 0; at < pages.length; at += FileMap.BLOCK_BYTES) {
            layOut(random, ByteBuffer.wrap(pages, at, FileMap.BLOCK_BYTES).slice());
        }
        Slice slice;
        try (PackWriter writer = vault.newPackWriter()) {
            slice = writer.appendData(pages, 0, pages.length);
            writer.finish();
        }
        assertThat(vault.reader().read(slice)).isEqualTo(pages);
        Map<String, byte[]> objects = new TreeMap<>();
        store.objects.forEach((name, bytes) -> objects.put(name.text(), bytes));
        SecondImplementation second = new SecondImplementation(objects, KEY.secret());
        String pack = Names.pack(slice.chunk().pack()).text();
        assertThat(second.chunks(pack, 1)[0]).isEqualTo(pages);
        assertThat(second.chunksOfPages()).isEqualTo(1);
    }

    /** A page of a table or a tree with items that are in order, out of it, and in each other. */
    private static void layOut(Random random, ByteBuffer page) {
        page.order(ByteOrder.LITTLE_ENDIAN);
        int items = random.nextInt(300);
        int special = random.nextBoolean() ? 8192 : 8176;
        page.putShort(12, (short) (24 + 4 * items)).putShort(14, (short) (24 + 4 * items));
        page.putShort(16, (short) special).putShort(18, (short) 0x2004);
        for (int i = 0; i < items; i++) {
            int length = random.nextInt(3) == 0 ? random.nextInt(60) : 16 + 16 * (i % 2);
            int offset = random.nextInt(4) == 0 ? random.nextInt(8300) : special - 32 * (i + 1);
            int flags = random.nextInt(9) == 0 ? 0 : 1;
            page.putInt(24 + 4 * i, (offset & 0x7FFF) | flags << 15 | length << 17);
            if (offset > 24 + 4 * items && offset + 30 < 8192) {
                page.putShort(offset + 4, (short) i).put(offset + 22, (byte) 24);
            }
        }
    }

    private static void secondImplementationReads(MemoryStore store, VaultKey.KeyFile key)
            throws GeneralSecurityException {
        Map<String, byte[]> objects = new TreeMap<>();
        store.objects.forEach((name, bytes) -> objects.put(name.text(), bytes));
        SecondImplementation second = new SecondImplementation(objects, key.secret());
        String archive = "archives/11111111-2222-4333-8444-555555555555/";
        assertThat(second.chunks(archive + "documents/server/00000001", 4)[0])
                .isEqualTo("one".getBytes(US_ASCII));
        assertThat(second.chunks(archive + "log/00000001/0000000000001000-0000000000001064", 3)[0])
                .isEqualTo(counting(100));
        Map<String, String> snapshot =
                second.snapshot(archive + "snapshots/01890000-0000-7000-8000-0000000000aa");
        assertThat(snapshot)
                .hasSize(5)
                .containsEntry("property k", "v\u00fc")
                .containsEntry("1 ", 0700 + " 12")
                .containsEntry("3 l", "/mnt/x");
        assertThat(second.file(snapshot.getOrDefault("2 prose", ""), 20_000))
                .isEqualTo(SampleVault.prose(1, 20_000));
        assertThat(second.file(snapshot.getOrDefault("2 sparse", ""), SPARSE_BYTES))
                .isEqualTo(sparse());
    }

    /** The vault that the resource holds, made anew with today's program. */
    private static MemoryStore writtenToday() {
        MemoryStore store = new MemoryStore();
        Vault vault =
                Vault.create(
                        store,
                        List.of(KEY, PASSPHRASE),
                        SampleVault.RANDOM,
                        SampleVault.CLOCK,
                        SampleVault.SMALL);
        Archive archive = vault.archive(ARCHIVE);
        archive.putDocument("server", "one".getBytes(US_ASCII));
        archive.putDocument("server", "two".getBytes(US_ASCII));
        archive.putLog(LOG, counting(100), 0);
        byte[] prose = SampleVault.prose(1, 20_000);
        byte[] sparse = sparse();
        try (PackWriter writer = vault.newPackWriter()) {
            Extent whole = new Extent(0, writer.appendData(prose, 0, prose.length));
            Slice proseMap = map(writer, prose, whole);
            int at = 17 * FileMap.BLOCK_BYTES;
            Extent middle = new Extent(17, writer.appendData(sparse, at, FileMap.BLOCK_BYTES));
            at = 40 * FileMap.BLOCK_BYTES;
            Extent end = new Extent(40, writer.appendData(sparse, at, 100));
            Slice sparseMap = map(writer, sparse, middle, end);
            writer.finish();
            archive.publish(
                    new Snapshot(SNAPSHOT, Map.of("k", "v\u00fc")),
                    List.of(
                            new TreeEntry.Directory("", 0700, 12),
                            new TreeEntry.RegularFile("prose", 0600, 13, prose.length, proseMap),
                            new TreeEntry.RegularFile("sparse", 0640, -1, SPARSE_BYTES, sparseMap),
                            new TreeEntry.SymbolicLink("l", "/mnt/x")));
        }
        return store;
    }

    /** The vault that the other resource holds, made anew with today's program. */
    private static MemoryStore rotatedToday() {
        MemoryStore store = writtenToday();
        Vault vault = SampleVault.open(store, KEY);
        vault.keys().rotate(List.of(PASSPHRASE), false);
        // as if it had been cut off: the log piece keeps its first form
        MemoryStore before = store.copy();
        vault.resealing().run((_, _) -> {}, () -> false);
        ObjectName log = Names.log(ARCHIVE, LOG);
        store.objects.put(log, before.get(log).orElseThrow());
        store.delete(Forms.of(log, 2));
        vault.keys().rotate(List.of(PASSPHRASE), false);
        vault.keys().add(LATER, "added later");
        return store;
    }

    private static Slice map(PackWriter writer, byte[] file, Extent... extents) {
        List<RegionDigest> digests = new ArrayList<>();
        for (int at = 0; at < file.length; at += FileMap.REGION_BYTES) {
            int length = Math.min(FileMap.REGION_BYTES, file.length - at);
            digests.add(RegionDigest.of(file, at, length));
        }
        byte[] bytes = new FileMap(List.of(extents), digests).encode();
        return writer.appendMap(bytes, 0, bytes.length);
    }

    private static byte[] content(Vault vault, TreeEntry entry) {
        if (!(entry instanceof TreeEntry.RegularFile file)) {
            throw new AssertionError(entry);
        }
        byte[] content = new byte[(int) file.bytes()];
        for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
            byte[] run = vault.reader().read(extent.slice());
            int at = (int) extent.firstBlock() * FileMap.BLOCK_BYTES;
            System.arraycopy(run, 0, content, at, run.length);
        }
        return content;
    }

    /** Zeros, a block of noise at 17, and a short last block. */
    private static byte[] sparse() {
        byte[] bytes = new byte[SPARSE_BYTES];
        byte[] noise = SampleVault.noise(2, FileMap.BLOCK_BYTES);
        System.arraycopy(noise, 0, bytes, 17 * FileMap.BLOCK_BYTES, noise.length);
        Arrays.fill(bytes, 40 * FileMap.BLOCK_BYTES, SPARSE_BYTES, (byte) 'e');
        return bytes;
    }

    private static byte[] counting(int length) {
        return counting(0, length);
    }

    private static byte[] counting(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    /** One object a line: its name and its bytes in base64. */
    private static MemoryStore stored(String resource) throws IOException {
        MemoryStore store = new MemoryStore();
        try (InputStream in = FormatDocumentTest.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError("the stored vault is not among the resources");
            }
            for (String line : new String(in.readAllBytes(), US_ASCII).split("\n", -1)) {
                int blank = line.indexOf(' ');
                if (blank > 0) {
                    byte[] bytes = Base64.getDecoder().decode(line.substring(blank + 1));
                    store.objects.put(new ObjectName(line.substring(0, blank)), bytes);
                }
            }
        }
        return store;
    }
}
