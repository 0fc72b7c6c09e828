package org.pgkeep.postgres.wal;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Opens full page images (RestoreBlockImage, xlogreader.c). */
final class PageImage {
    /** How {@code wal_compression} packed an image. */
    enum Compression {
        NONE,
        PGLZ,
        LZ4,
        ZSTD
    }

    static final int PAGE_BYTES = 8192;

    /** Pure Java: pages are small, and no native library has to be loaded for them. */
    private static final LZ4SafeDecompressor LZ4 = LZ4Factory.safeInstance().safeDecompressor();

    /** The shortest match pglz writes, and the length code that says that more follows. */
    private static final int PGLZ_MATCH_MIN = 3;

    private static final int PGLZ_MATCH_LONG = 18;

    private PageImage() {}

    /**
     * The page.
     *
     * @throws Failure DAMAGED_WAL if the image does not open to a page without its hole
     */
    static byte[] open(Compression compression, byte[] packed, int holeOffset, int holeLength) {
        byte[] content = new byte[PAGE_BYTES - holeLength];
        int length;
        try {
            length =
                    switch (compression) {
                        case NONE -> copy(packed, content);
                        case PGLZ -> pglz(packed, content);
                        case LZ4 -> LZ4.decompress(packed, 0, packed.length, content, 0);
                        case ZSTD ->
                                (int)
                                        Zstd.decompressByteArray(
                                                content,
                                                0,
                                                content.length,
                                                packed,
                                                0,
                                                packed.length);
                    };
        } catch (LZ4Exception | ZstdException | IndexOutOfBoundsException damaged) {
            throw damaged(compression, damaged);
        }
        if (length != content.length) {
            throw damaged(compression, null);
        }
        byte[] page = new byte[PAGE_BYTES];
        System.arraycopy(content, 0, page, 0, holeOffset);
        int behind = holeOffset + holeLength;
        System.arraycopy(content, holeOffset, page, behind, PAGE_BYTES - behind);
        return page;
    }

    private static int copy(byte[] packed, byte[] content) {
        System.arraycopy(packed, 0, content, 0, packed.length);
        return packed.length;
    }

    /**
     * Opens PostgreSQL's own compression (pg_lzcompress.c tells the format): a control byte whose
     * bits, the lowest first, say of each item whether it is a literal byte or a match of two or
     * three bytes: 4 bits of length less 3, 12 bits of distance, and where the length is 15 one
     * more byte of length.
     *
     * @return the length of what came out
     * @throws IndexOutOfBoundsException if it is damaged
     */
    static int pglz(byte[] packed, byte[] content) {
        int from = 0;
        int to = 0;
        while (from < packed.length && to < content.length) {
            int control = packed[from++] & 0xFF;
            for (int bit = 0; bit < 8 && from < packed.length && to < content.length; bit++) {
                if ((control >> bit & 1) == 0) {
                    content[to++] = packed[from++];
                    continue;
                }
                int length = (packed[from] & 0x0F) + PGLZ_MATCH_MIN;
                int distance = ((packed[from] & 0xF0) << 4) | (packed[from + 1] & 0xFF);
                from += 2;
                if (length == PGLZ_MATCH_LONG) {
                    length += packed[from++] & 0xFF;
                }
                if (distance == 0) {
                    throw new IndexOutOfBoundsException("a match with itself");
                }
                int end = Math.min(to + length, content.length);
                while (to < end) {
                    content[to] = content[to - distance];
                    to++;
                }
            }
        }
        return from == packed.length ? to : -1;
    }

    private static Failure damaged(
            Compression compression, @org.jspecify.annotations.Nullable Exception cause) {
        return new Failure(
                Code.DAMAGED_WAL,
                "a full page image does not open as " + compression,
                "report this: the record's CRC is right, so pgkeep reads it wrongly",
                cause);
    }
}
