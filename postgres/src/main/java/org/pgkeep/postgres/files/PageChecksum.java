package org.pgkeep.postgres.files;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.pgkeep.postgres.Lsn;

/**
 * The checksum of a data page: 32 interleaved FNV-1a-like sums over its 32-bit words, folded
 * together with the block number (checksum_impl.h, bufpage.h). Thread-safe.
 */
public final class PageChecksum {
    /** Bytes of a data page (BLCKSZ, as every packaged PostgreSQL is built). */
    public static final int PAGE_BYTES = 8192;

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int CHECKSUM_OFFSET = 8;
    private static final int UPPER_OFFSET = 14;
    private static final int SUMS = 32;
    private static final int WORDS = PAGE_BYTES / Integer.BYTES;
    private static final int PRIME = 16_777_619;

    /** What the 32 sums begin with; part of the format. */
    private static final int[] BASIS = {
        0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2,
        0x83E13D2C, 0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C,
        0xF718902A, 0x0B1C9CDB, 0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979,
        0xCCA6C0B2, 0x304A0979, 0x85AA43D4, 0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E,
        0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
    };

    private PageChecksum() {}

    /**
     * What the checksum of the page has to be, 1 to 65535. The checksum that is in the page does
     * not count.
     *
     * @param block the page's number within its fork: {@link RelationPart#firstBlock} and its place
     *     in the file
     */
    public static int compute(byte[] bytes, int offset, long block) {
        int[] words = new int[WORDS];
        ByteBuffer.wrap(bytes, offset, PAGE_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(words);
        words[CHECKSUM_OFFSET / Integer.BYTES] &= 0xFFFF_0000;
        int[] sums = BASIS.clone();
        for (int row = 0; row < WORDS; row += SUMS) {
            // the inner loop has no dependency between its turns: the compiler makes vectors of it
            for (int i = 0; i < SUMS; i++) {
                int mixed = sums[i] ^ words[row + i];
                sums[i] = mixed * PRIME ^ mixed >>> 17;
            }
        }
        int folded = 0;
        for (int sum : sums) {
            folded ^= stirred(stirred(sum));
        }
        return Integer.remainderUnsigned(folded ^ (int) block, 65_535) + 1;
    }

    /**
     * Whether PostgreSQL would accept the page (PageIsVerified): its checksum is right, or it is
     * new and all zeros. A page that fails may have been torn by a concurrent write.
     */
    public static boolean verify(byte[] bytes, int offset, long block) {
        if ((short) SHORT.get(bytes, offset + UPPER_OFFSET) == 0) {
            return isZero(bytes, offset);
        }
        return stored(bytes, offset) == compute(bytes, offset, block);
    }

    /** The checksum that is in the page (pd_checksum). */
    public static int stored(byte[] bytes, int offset) {
        return (short) SHORT.get(bytes, offset + CHECKSUM_OFFSET) & 0xFFFF;
    }

    /** The position behind the WAL record that changed the page last (pd_lsn). */
    public static Lsn lsn(byte[] bytes, int offset) {
        long high = (int) INT.get(bytes, offset) & 0xFFFF_FFFFL;
        long low = (int) INT.get(bytes, offset + 4) & 0xFFFF_FFFFL;
        return new Lsn(high << 32 | low);
    }

    private static int stirred(int sum) {
        return sum * PRIME ^ sum >>> 17;
    }

    private static boolean isZero(byte[] bytes, int offset) {
        long any = 0;
        for (int i = 0; i < PAGE_BYTES; i += Long.BYTES) {
            any |= (long) LONG.get(bytes, offset + i);
        }
        return any == 0;
    }
}
