package org.pgkeep.vault.seal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Rewrites database pages so that they compress better, and back. Most of what a vault keeps are
 * blocks of one shape, in which every row repeats what follows from its place: where it begins,
 * which block and number it has, a key one higher than the row's before. Numbers that follow are
 * replaced by what they differ by from what was to be expected, which is nearly always zero, so
 * that a row's header is byte for byte the one before it, and the compressor takes it in one step.
 *
 * <p>The shape is only a guess at what pays. Any bytes whatever come back as they were: every step
 * can be undone from the bytes before it, and no byte is rewritten twice. {@code docs/format.md}
 * has the rules. (PostgreSQL's bufpage.h, itemid.h, htup_details.h, itup.h)
 */
final class PageFilter {
    /** Bytes of a block. */
    static final int BLOCK_BYTES = 8192;

    private static final int HEADER_BYTES = 24;
    private static final int LOWER = 12;
    private static final int UPPER = 14;
    private static final int SPECIAL = 16;
    private static final int SIZE_AND_VERSION = 18;
    private static final int SIZE_AND_VERSION_KNOWN = BLOCK_BYTES | 4;

    private static final int POINTER_BYTES = 4;
    private static final int OFFSET_MASK = 0x7FFF;
    private static final int FLAGS_MASK = 0x18000;
    private static final int FLAGS_NORMAL = 0x8000;
    private static final int LENGTH_SHIFT = 17;

    private static final int UNIT_BYTES = 8;
    private static final int ROW_HEADER_BYTES = 24;
    private static final int ROW_BLOCK = 12;
    private static final int ROW_NUMBER = 16;
    private static final int ROW_DATA_AT = 22;

    /** A B-tree's special space is 16 bytes; a heap has none. */
    private static final int SPECIAL_OF_TREE = BLOCK_BYTES - 16;

    private static final int TREE_ENTRY_BYTES = 16;
    private static final long BITS_48 = 0xFFFF_FFFF_FFFFL;

    private static final VarHandle SHORT = handle(short[].class);
    private static final VarHandle INT = handle(int[].class);
    private static final VarHandle LONG = handle(long[].class);

    /** The bytes of a page, and what the rows so far lead to expect. One thread, one call. */
    private final byte[] bytes;

    private final boolean back;
    private final long[] claimed = new long[BLOCK_BYTES / UNIT_BYTES / Long.SIZE];
    private int block;
    private int word;
    private long place;
    private long key;

    private PageFilter(byte[] bytes, boolean back) {
        this.bytes = bytes;
        this.back = back;
    }

    /** Rewrites the blocks of a chunk in place; false if none is of the shape. */
    static boolean apply(byte[] bytes, int length) {
        return new PageFilter(bytes, false).all(length);
    }

    /** Undoes {@link #apply}. */
    static void revert(byte[] bytes, int length) {
        new PageFilter(bytes, true).all(length);
    }

    private boolean all(int length) {
        boolean any = false;
        for (int at = 0; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) {
            any |= page(at);
        }
        return any;
    }

    private boolean page(int at) {
        if (u16(at + SIZE_AND_VERSION) != SIZE_AND_VERSION_KNOWN) {
            return false;
        }
        int lower = u16(at + LOWER);
        int upper = u16(at + UPPER);
        int special = u16(at + SPECIAL);
        if (lower < HEADER_BYTES
                || lower > upper
                || upper > special
                || special > BLOCK_BYTES
                || lower % POINTER_BYTES != 0) {
            return false;
        }
        Arrays.fill(claimed, 0);
        block = 0;
        word = 0;
        place = 0;
        key = 0;
        int end = special;
        int number = 1;
        for (int pointer = HEADER_BYTES; pointer < lower; pointer += POINTER_BYTES) {
            int stored = (int) INT.get(bytes, at + pointer);
            int length = stored >>> LENGTH_SHIFT;
            // an item is expected right before the one before it, which is the same sum both ways
            int rounded = (length + UNIT_BYTES - 1) & -UNIT_BYTES;
            int other = (end - rounded - stored) & OFFSET_MASK;
            INT.set(bytes, at + pointer, (stored & ~OFFSET_MASK) | other);
            if ((stored & FLAGS_MASK) == FLAGS_NORMAL) {
                int offset = back ? other : stored & OFFSET_MASK;
                end = offset;
                if (offset % UNIT_BYTES == 0 && offset >= upper && offset + length <= special) {
                    if (special == BLOCK_BYTES) {
                        row(at, offset, length, number);
                    } else if (special == SPECIAL_OF_TREE) {
                        entry(at, offset, length);
                    }
                }
            }
            number++;
        }
        return number > 1;
    }

    /** A row of a table: its own block and number, and the first word of its data. */
    private void row(int at, int offset, int length, int number) {
        if (length < ROW_HEADER_BYTES || !claim(offset, ROW_HEADER_BYTES / UNIT_BYTES)) {
            return;
        }
        int row = at + offset;
        block = intBy(row + ROW_BLOCK, block);
        int own = u16(row + ROW_NUMBER);
        SHORT.set(bytes, row + ROW_NUMBER, (short) (back ? own + number : own - number));
        int data = bytes[row + ROW_DATA_AT] & 0xFF;
        if (data >= ROW_HEADER_BYTES
                && data % UNIT_BYTES == 0
                && data + UNIT_BYTES <= length
                && claim(offset + data, 1)) {
            word = intBy(row + data, word);
        }
    }

    /** An entry of a B-tree: the place it leads to, and its key if that is eight bytes. */
    private void entry(int at, int offset, int length) {
        boolean short8 = length == TREE_ENTRY_BYTES;
        if (length < UNIT_BYTES || !claim(offset, short8 ? 2 : 1)) {
            return;
        }
        int entry = at + offset;
        long high = u16(entry);
        long stored = (high << 32) | ((long) u16(entry + 2) << 16) | u16(entry + 4);
        long other = (back ? stored + place : stored - place) & BITS_48;
        SHORT.set(bytes, entry, (short) (other >>> 32));
        SHORT.set(bytes, entry + 2, (short) (other >>> 16));
        SHORT.set(bytes, entry + 4, (short) other);
        place = back ? other : stored;
        if (short8) {
            long value = (long) LONG.get(bytes, entry + UNIT_BYTES);
            long rewritten = back ? value + key : value - key;
            LONG.set(bytes, entry + UNIT_BYTES, rewritten);
            key = back ? rewritten : value;
        }
    }

    /** Rewrites a number as its difference from the one before, or back; returns the number. */
    private int intBy(int at, int before) {
        int stored = (int) INT.get(bytes, at);
        int other = back ? stored + before : stored - before;
        INT.set(bytes, at, other);
        return back ? other : stored;
    }

    /** Takes units of 8 bytes for one item; false if an item took one of them before. */
    private boolean claim(int offset, int units) {
        int first = offset / UNIT_BYTES;
        for (int unit = first; unit < first + units; unit++) {
            if (((claimed[unit / Long.SIZE] >>> unit) & 1) != 0) {
                return false;
            }
        }
        for (int unit = first; unit < first + units; unit++) {
            claimed[unit / Long.SIZE] |= 1L << unit;
        }
        return true;
    }

    private int u16(int at) {
        return (short) SHORT.get(bytes, at) & 0xFFFF;
    }

    private static VarHandle handle(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }
}
