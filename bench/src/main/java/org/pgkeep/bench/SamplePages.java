package org.pgkeep.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.pgkeep.postgres.files.PageChecksum;

/**
 * Heap pages as a busy table has them: header, line pointers, tuples of numbers, words and a little
 * noise. They compress to about 0.4, between pgbench's blanks and JSON with UUIDs.
 */
final class SamplePages {
    private static final int HEADER_BYTES = 24;
    private static final int TUPLE_BYTES = 176;
    private static final int TUPLE_HEADER_BYTES = 24;
    private static final int LINE_POINTER_BYTES = 4;
    private static final int LAYOUT_VERSION = 4;
    private static final int WORDS = 3000;

    private final SplittableRandom random;
    private final byte[][] words = new byte[WORDS][];

    SamplePages(long seed) {
        random = new SplittableRandom(seed);
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int j = random.nextInt(2, 10); j > 0; j--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            words[i] = word.append(' ').toString().getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** So many pages, the blocks 0, 1, … of one file, with right checksums. */
    byte[] blocks(int count) {
        byte[] bytes = new byte[count * PageChecksum.PAGE_BYTES];
        for (int block = 0; block < count; block++) {
            page(bytes, block * PageChecksum.PAGE_BYTES, block);
        }
        return bytes;
    }

    private void page(byte[] into, int offset, int block) {
        ByteBuffer page =
                ByteBuffer.wrap(into, offset, PageChecksum.PAGE_BYTES)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        int tuples = (PageChecksum.PAGE_BYTES - HEADER_BYTES) / (TUPLE_BYTES + LINE_POINTER_BYTES);
        int upper = PageChecksum.PAGE_BYTES - tuples * TUPLE_BYTES;
        page.putInt(0, 0).putInt(4, 0x1000_0000 + block * 8192);
        page.putShort(12, (short) (HEADER_BYTES + tuples * LINE_POINTER_BYTES));
        page.putShort(14, (short) upper);
        page.putShort(16, (short) PageChecksum.PAGE_BYTES);
        page.putShort(18, (short) (PageChecksum.PAGE_BYTES | LAYOUT_VERSION));
        for (int i = 0; i < tuples; i++) {
            int at = PageChecksum.PAGE_BYTES - (i + 1) * TUPLE_BYTES;
            page.putInt(HEADER_BYTES + i * LINE_POINTER_BYTES, at | 1 << 15 | TUPLE_BYTES << 17);
            tuple(page, at, block, i + 1);
        }
        page.putShort(8, (short) PageChecksum.compute(into, offset, block));
    }

    private void tuple(ByteBuffer page, int at, int block, int number) {
        page.putInt(at, 700 + random.nextInt(4000)).putInt(at + 4, 0);
        page.putInt(at + 12, block).putShort(at + 16, (short) number);
        page.put(at + 22, (byte) TUPLE_HEADER_BYTES);
        int position = at + TUPLE_HEADER_BYTES;
        page.putInt(position, block * 40 + number).putInt(position + 4, random.nextInt());
        page.putLong(position + 8, 800_000_000_000_000L + random.nextInt());
        position += 16;
        int end = at + TUPLE_BYTES;
        while (position < end) {
            // a few words are said often, most seldom
            int pick = (int) (WORDS * Math.pow(random.nextDouble(), 3));
            int length = Math.min(words[pick].length, end - position);
            page.put(position, words[pick], 0, length);
            position += length;
        }
    }
}
