package org.pgkeep.vault.seal;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PageFilterTest {
    private static final int BLOCK = PageFilter.BLOCK_BYTES;

    @Test
    void anyBytesComeBackAsTheyWere() {
        long seeds = Long.getLong("pgkeep.seeds", 3000);
        for (long seed = 1; seed <= seeds; seed++) {
            byte[] page = hostilePage(new Random(seed));
            byte[] filtered = page.clone();
            PageFilter.apply(filtered, filtered.length);
            PageFilter.revert(filtered, filtered.length);
            assertThat(filtered).as("seed %d", seed).isEqualTo(page);
        }
    }

    @Test
    void bytesOfNoKnownShapeAreLeftAlone() {
        byte[] noise = new byte[3 * BLOCK + 100];
        new Random(1).nextBytes(noise);
        noise[18] = 0;
        noise[BLOCK + 18] = 0;
        noise[2 * BLOCK + 18] = 0;
        byte[] before = noise.clone();
        assertThat(PageFilter.apply(noise, noise.length)).isFalse();
        assertThat(noise).isEqualTo(before);
        assertThat(PageFilter.apply(new byte[BLOCK], BLOCK)).isFalse();
        assertThat(PageFilter.apply(tablePage(7), BLOCK - 1)).isFalse();
    }

    @Test
    void rowsOfATableCompressToMuchLess() {
        byte[] page = tablePage(7);
        byte[] filtered = page.clone();
        assertThat(PageFilter.apply(filtered, BLOCK)).isTrue();
        assertThat(Zstd.compress(filtered, 3).length)
                .isLessThan(Zstd.compress(page, 3).length * 6 / 10);
    }

    @Test
    void entriesOfATreeCompressToMuchLess() {
        byte[] page = treePage();
        byte[] filtered = page.clone();
        assertThat(PageFilter.apply(filtered, BLOCK)).isTrue();
        assertThat(Zstd.compress(filtered, 3).length).isLessThan(Zstd.compress(page, 3).length / 4);
        PageFilter.revert(filtered, BLOCK);
        assertThat(filtered).isEqualTo(page);
    }

    /** Rows of 40 bytes: a number that rises, and one of few words. */
    private static byte[] tablePage(int block) {
        byte[] bytes = new byte[BLOCK];
        ByteBuffer page = page(bytes, BLOCK, 150, 40);
        for (int i = 0; i < 150; i++) {
            int row = BLOCK - (i + 1) * 40;
            page.putInt(row, 741).putInt(row + 12, block << 16);
            page.putShort(row + 16, (short) (i + 1)).put(row + 22, (byte) 24);
            page.putInt(row + 24, block * 150 + i).putInt(row + 32, i * i % 5);
        }
        return bytes;
    }

    private static byte[] treePage() {
        byte[] bytes = new byte[BLOCK];
        ByteBuffer page = page(bytes, BLOCK - 16, 300, 16);
        for (int i = 0; i < 300; i++) {
            int entry = BLOCK - 16 - (i + 1) * 16;
            page.putShort(entry + 2, (short) (i / 60)).putShort(entry + 4, (short) (i % 60 + 1));
            page.putShort(entry + 6, (short) 16).putLong(entry + 8, 1_000_000L + 3L * i);
        }
        return bytes;
    }

    private static ByteBuffer page(byte[] bytes, int special, int items, int length) {
        ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        page.putShort(12, (short) (24 + 4 * items));
        page.putShort(14, (short) (special - items * length));
        page.putShort(16, (short) special).putShort(18, (short) (BLOCK | 4));
        for (int i = 0; i < items; i++) {
            page.putInt(24 + 4 * i, (special - (i + 1) * length) | 1 << 15 | length << 17);
        }
        return page;
    }

    /** A page whose header may pass and whose items overlap, leave it, and lie in each other. */
    private static byte[] hostilePage(Random random) {
        byte[] bytes = new byte[BLOCK * (1 + random.nextInt(2)) + random.nextInt(2)];
        random.nextBytes(bytes);
        int lower = 24 + 4 * random.nextInt(400);
        int special = random.nextInt(3) == 0 ? BLOCK - 16 : BLOCK - 8 * random.nextInt(2);
        ByteBuffer page = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        page.putShort(12, (short) lower);
        page.putShort(14, (short) (lower + random.nextInt(special - lower)));
        page.putShort(16, (short) special).putShort(18, (short) (BLOCK | 4));
        int align = random.nextBoolean() ? ~7 : ~0;
        for (int at = 24; at < lower; at += 4) {
            int offset = random.nextInt(1 << 15) % (BLOCK + 64) & align;
            int length = random.nextInt(random.nextBoolean() ? 60 : 1 << 15);
            int flags = random.nextInt(8) == 0 ? random.nextInt(4) : 1;
            page.putInt(at, (offset & 0x7FFF) | flags << 15 | length << 17);
            if (offset + 23 < bytes.length) {
                bytes[offset + 22] = (byte) (8 * random.nextInt(8));
            }
        }
        return bytes;
    }
}
