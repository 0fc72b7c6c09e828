package org.pgkeep.vault;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/**
 * Codec 2 of {@code docs/format.md}, section "Pages", read from that page alone: slow, and without
 * a line of the vault's code.
 */
final class SecondPages {
    private SecondPages() {}

    /** Brings the blocks of a chunk back. */
    static byte[] restored(byte[] chunk) {
        ByteBuffer all = ByteBuffer.wrap(chunk.clone());
        for (int at = 0; at + 8192 <= chunk.length; at += 8192) {
            restorePage(all.slice(at, 8192).order(ByteOrder.LITTLE_ENDIAN));
        }
        return all.array();
    }

    private static void restorePage(ByteBuffer page) {
        int lower = Short.toUnsignedInt(page.getShort(12));
        int upper = Short.toUnsignedInt(page.getShort(14));
        int special = Short.toUnsignedInt(page.getShort(16));
        boolean shape =
                page.getShort(18) == 0x2004
                        && lower >= 24
                        && lower <= upper
                        && upper <= special
                        && special <= 8192
                        && lower % 4 == 0;
        if (!shape) {
            return;
        }
        Set<Integer> claimed = new HashSet<>();
        int end = special;
        int rowBlock = 0;
        int rowWord = 0;
        BigInteger entryPlace = BigInteger.ZERO;
        long entryKey = 0;
        for (int n = 1; n <= (lower - 24) / 4; n++) {
            int at = 20 + 4 * n;
            int pointer = page.getInt(at);
            int length = pointer >>> 17;
            int rounded = (length + 7) / 8 * 8;
            int offset = Math.floorMod(end - rounded - (pointer & 0x7FFF), 32768);
            page.putInt(at, pointer - (pointer & 0x7FFF) + offset);
            if ((pointer >>> 15) % 4 != 1) {
                continue;
            }
            end = offset;
            if (offset % 8 != 0 || offset < upper || offset + length > special) {
                continue;
            }
            if (special == 8192 && length >= 24 && claim(claimed, offset, 24)) {
                rowBlock += page.getInt(offset + 12);
                page.putInt(offset + 12, rowBlock);
                page.putShort(offset + 16, (short) (page.getShort(offset + 16) + n));
                int data = Byte.toUnsignedInt(page.get(offset + 22));
                if (data >= 24
                        && data % 8 == 0
                        && data + 8 <= length
                        && claim(claimed, offset + data, 8)) {
                    rowWord += page.getInt(offset + data);
                    page.putInt(offset + data, rowWord);
                }
            } else if (special == 8176
                    && length >= 8
                    && claim(claimed, offset, length == 16 ? 16 : 8)) {
                BigInteger difference =
                        BigInteger.valueOf(Short.toUnsignedLong(page.getShort(offset)))
                                .shiftLeft(32)
                                .add(
                                        BigInteger.valueOf(
                                                (Short.toUnsignedLong(page.getShort(offset + 2))
                                                                << 16)
                                                        + Short.toUnsignedLong(
                                                                page.getShort(offset + 4))));
                entryPlace = entryPlace.add(difference).mod(BigInteger.ONE.shiftLeft(48));
                long place = entryPlace.longValueExact();
                page.putShort(offset, (short) (place / 4294967296L));
                page.putShort(offset + 2, (short) (place / 65536L % 65536L));
                page.putShort(offset + 4, (short) (place % 65536L));
                if (length == 16) {
                    entryKey += page.getLong(offset + 8);
                    page.putLong(offset + 8, entryKey);
                }
            }
        }
    }

    /** Takes the 8-byte units of a stretch; false, and nothing taken, if one is taken already. */
    private static boolean claim(Set<Integer> claimed, int offset, int bytes) {
        Set<Integer> wanted = new HashSet<>();
        for (int at = offset; at < offset + bytes; at += 8) {
            wanted.add(at / 8);
        }
        for (int unit : wanted) {
            if (claimed.contains(unit)) {
                return false;
            }
        }
        return claimed.addAll(wanted);
    }
}
