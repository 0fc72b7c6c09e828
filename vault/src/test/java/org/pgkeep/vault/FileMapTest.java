package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class FileMapTest {
    private static final PackId PACK = PackId.random(SampleVault.RANDOM);
    private static final RegionDigest DIGEST = RegionDigest.of(new byte[10], 0, 10);

    @Test
    void theEmptyMapComesBack() {
        assertThat(FileMap.decode(FileMap.empty().encode())).isEqualTo(FileMap.empty());
    }

    @Test
    void aFullSegmentOfOneGigabyteComesBackAndIsSmall() {
        List<Extent> extents = new ArrayList<>();
        List<RegionDigest> digests = new ArrayList<>();
        for (int i = 0; i < 8192; i++) {
            extents.add(extent(16L * i, PACK, i, 0, PackWriter.CHUNK_BYTES));
            digests.add(RegionDigest.of(new byte[] {(byte) i, (byte) (i >> 8)}, 0, 2));
        }
        FileMap map = new FileMap(extents, digests);
        byte[] bytes = map.encode();
        assertThat(FileMap.decode(bytes)).isEqualTo(map);
        assertThat(bytes.length).isLessThan(200_000);
    }

    @Test
    void aSparseFileNeedsExtentsOnlyWhereItHasData() {
        List<RegionDigest> digests = new ArrayList<>();
        for (int i = 0; i < 8192; i++) {
            digests.add(DIGEST);
        }
        PackId other = PackId.random(SampleVault.RANDOM);
        FileMap map =
                new FileMap(
                        List.of(
                                extent(5, PACK, 7, 100, 8192),
                                extent(100_000, other, 0, 8192, 3 * 8192),
                                extent(131_071, PACK, Integer.MAX_VALUE, 0, 1)),
                        digests);
        assertThat(FileMap.decode(map.encode())).isEqualTo(map);
    }

    @Test
    void aMapIsReadThroughTheReader() {
        MemoryStore store = new MemoryStore();
        Vault vault = SampleVault.create(store);
        FileMap map = new FileMap(List.of(extent(0, PACK, 1, 2, 8192)), List.of(DIGEST));
        Slice slice;
        Slice noMap;
        try (PackWriter writer = vault.newPackWriter()) {
            slice = writer.appendMap(map.encode(), 0, map.encode().length);
            noMap = writer.appendMap(new byte[] {1, 2, 3}, 0, 3);
            writer.finish();
        }
        assertThat(FileMap.read(vault.reader(), slice)).isEqualTo(map);
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> FileMap.read(vault.reader(), noMap))
                .withMessageContaining("packs/")
                .matches(failure -> failure.code() == Code.DAMAGED_OBJECT);
    }

    @Test
    void refusesMapsThatCanNotBe() {
        List<RegionDigest> one = List.of(DIGEST);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new FileMap(
                                List.of(extent(0, PACK, 0, 0, 16384), extent(1, PACK, 1, 0, 8192)),
                                one))
                .withMessageContaining("overlaps");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new FileMap(
                                List.of(extent(0, PACK, 0, 0, 100), extent(1, PACK, 1, 0, 8192)),
                                one))
                .withMessageContaining("short");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FileMap(List.of(extent(16, PACK, 0, 0, 1)), one))
                .withMessageContaining("digests");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> extent(0, PACK, 0, 1, PackWriter.CHUNK_BYTES));
        assertThatIllegalArgumentException().isThrownBy(() -> extent(-1, PACK, 0, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> extent(0, PACK, -1, 0, 1));
    }

    @Test
    void bytesThatAreNoMapEndInDamageAndNothingElse() {
        FileMap map =
                new FileMap(
                        List.of(
                                extent(0, PACK, 7, 100, 8192),
                                extent(3, PackId.random(SampleVault.RANDOM), 0, 0, 5)),
                        List.of(DIGEST));
        byte[] bytes = map.encode();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> FileMap.decode(cut))
                    .matches(failure -> failure.code() == Code.DAMAGED_OBJECT);
        }
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> FileMap.decode(Arrays.copyOf(bytes, bytes.length + 1)));
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] spoiled = bytes.clone();
            for (int j = random.nextInt(4); j >= 0; j--) {
                spoiled[random.nextInt(Math.min(80, spoiled.length))] = (byte) random.nextInt();
            }
            try {
                assertThat(FileMap.decode(spoiled).extents().size()).isLessThanOrEqualTo(30);
            } catch (Failure e) {
                assertThat(e.code()).isEqualTo(Code.DAMAGED_OBJECT);
            }
        }
    }

    @Test
    void aDigestIsTheFrontOfSha256() throws Exception {
        byte[] bytes = SampleVault.noise(5, 1000);
        byte[] whole =
                MessageDigest.getInstance("SHA-256").digest(Arrays.copyOfRange(bytes, 3, 900));
        assertThat(RegionDigest.of(bytes, 3, 897))
                .hasToString(HexFormat.of().formatHex(whole, 0, RegionDigest.BYTES));
    }

    private static Extent extent(long block, PackId pack, int ordinal, int offset, int length) {
        return new Extent(block, new Slice(new ChunkRef(pack, ordinal), offset, length));
    }
}
