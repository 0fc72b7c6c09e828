package org.pgkeep.postgres.change;

import java.util.Arrays;
import java.util.BitSet;

/**
 * A set of blocks of one piece of a fork, packed: runs while they are few, a bit for each block
 * where that is smaller. So a piece never takes more than 16 KiB. Immutable.
 */
final class BlockSet {
    /** The blocks of a piece: what a relation segment of 1 GiB has. */
    static final int PIECE_BLOCKS = 1 << 17;

    private static final int WORDS = PIECE_BLOCKS / Long.SIZE;
    private static final int BITMAP_BYTES = PIECE_BLOCKS / Byte.SIZE;

    /** Runs, or, if exactly so long, a bitmap, lowest block first. */
    private final byte[] packed;

    private BlockSet(byte[] packed) {
        this.packed = packed;
    }

    /** The set of those bits, a word for 64 blocks. */
    static BlockSet of(long[] words) {
        Packer packer = new Packer(256);
        BitSet bits = BitSet.valueOf(words);
        int behind = 0;
        for (int from = bits.nextSetBit(0);
                from >= 0 && packer.length() < BITMAP_BYTES;
                from = bits.nextSetBit(behind)) {
            int to = bits.nextClearBit(from);
            int gap = from - behind;
            boolean single = to - from == 1;
            packer.number((long) gap << 1 | (single ? 0 : 1));
            if (!single) {
                packer.number(to - from);
            }
            behind = to;
        }
        return packer.length() < BITMAP_BYTES
                ? new BlockSet(packer.bytes())
                : new BlockSet(bitmap(words));
    }

    private static byte[] bitmap(long[] words) {
        byte[] bytes = new byte[BITMAP_BYTES];
        byte[] set = BitSet.valueOf(words).toByteArray();
        System.arraycopy(set, 0, bytes, 0, set.length);
        return bytes;
    }

    static long[] emptyWords() {
        return new long[WORDS];
    }

    /** Adds its blocks to those of a bitmap. */
    void addTo(long[] words) {
        if (packed.length == BITMAP_BYTES) {
            long[] own = BitSet.valueOf(packed).toLongArray();
            for (int i = 0; i < own.length; i++) {
                words[i] |= own[i];
            }
            return;
        }
        Unpacker unpacker = new Unpacker(packed);
        int at = 0;
        while (unpacker.hasMore()) {
            long code = unpacker.number();
            long from = at + (code >>> 1);
            long to = from + ((code & 1) == 0 ? 1 : unpacker.number());
            if (from < at || to <= from || to > PIECE_BLOCKS) {
                throw new IllegalArgumentException("a run from " + from + " to " + to);
            }
            for (int block = (int) from; block < to; block++) {
                words[block >>> 6] |= 1L << block;
            }
            at = (int) to;
        }
    }

    BlockSet or(BlockSet other) {
        if (equals(other)) {
            return this;
        }
        long[] words = emptyWords();
        addTo(words);
        other.addTo(words);
        return of(words);
    }

    /** Those before a block, which counts from the piece's first. */
    BlockSet before(int limit) {
        long[] words = emptyWords();
        addTo(words);
        BitSet bits = BitSet.valueOf(words);
        if (bits.length() <= limit) {
            return this;
        }
        bits.clear(limit, bits.length());
        return of(bits.toLongArray());
    }

    boolean isEmpty() {
        return packed.length == 0;
    }

    /** The bytes that {@link #read} takes. */
    void write(Packer to) {
        to.bytes(packed);
    }

    /** Reads a set, and checks it. */
    static BlockSet read(Unpacker from) {
        BlockSet read = new BlockSet(from.bytes(BITMAP_BYTES));
        read.addTo(emptyWords());
        return read;
    }

    int packedBytes() {
        return packed.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockSet that && Arrays.equals(packed, that.packed);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(packed);
    }

    /** Blocks of one piece as they come: a list while they are few, then a bitmap. */
    static final class Collector {
        private static final int LISTED_MAX = 2048;

        private int[] listed = new int[8];
        private int count;
        private int last = -1;
        private long[] words = {};

        void add(int block) {
            if (block == last) {
                return;
            }
            last = block;
            if (words.length > 0) {
                words[block >>> 6] |= 1L << block;
                return;
            }
            if (count == listed.length) {
                makeRoom();
                if (words.length > 0) {
                    words[block >>> 6] |= 1L << block;
                    return;
                }
            }
            listed[count++] = block;
        }

        private void makeRoom() {
            Arrays.sort(listed);
            int kept = 1;
            for (int i = 1; i < count; i++) {
                if (listed[i] != listed[kept - 1]) {
                    listed[kept++] = listed[i];
                }
            }
            count = kept;
            if (count > LISTED_MAX) {
                words = words();
                listed = new int[0];
            } else if (count > listed.length / 2) {
                listed = Arrays.copyOf(listed, listed.length * 2);
            }
        }

        private long[] words() {
            long[] bits = emptyWords();
            for (int i = 0; i < count; i++) {
                bits[listed[i] >>> 6] |= 1L << listed[i];
            }
            return bits;
        }

        BlockSet set() {
            return BlockSet.of(words.length > 0 ? words : words());
        }
    }
}
