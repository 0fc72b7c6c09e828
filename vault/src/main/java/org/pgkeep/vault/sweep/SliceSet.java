package org.pgkeep.vault.sweep;

import java.util.Arrays;

/**
 * Which file maps were opened already: unchanged files share theirs, and a map is opened once
 * however many snapshots refer to it. 16 bytes a map, at most half full. One thread's.
 */
final class SliceSet {
    private static final int FIRST = 1 << 10;
    private static final long EMPTY = -1;

    private long[] packs = empty(FIRST);
    private long[] places = new long[FIRST];
    private int count;

    /** Adds a slice; false if it was there. */
    boolean add(int pack, int ordinal, int offset) {
        if (2 * count >= packs.length) {
            grow();
        }
        long key = ((long) pack << 32) | ordinal;
        if (!put(key, offset)) {
            return false;
        }
        count++;
        return true;
    }

    int size() {
        return count;
    }

    private boolean put(long key, long place) {
        int mask = packs.length - 1;
        long hash = (key * 0x9E37_79B9_7F4A_7C15L) ^ (place * 0xC2B2_AE3D_27D4_EB4FL);
        int at = (int) ((hash ^ (hash >>> 29)) & mask);
        while (packs[at] != EMPTY) {
            if (packs[at] == key && places[at] == place) {
                return false;
            }
            at = (at + 1) & mask;
        }
        packs[at] = key;
        places[at] = place;
        return true;
    }

    private void grow() {
        long[] oldPacks = packs;
        long[] oldPlaces = places;
        packs = empty(2 * oldPacks.length);
        places = new long[packs.length];
        for (int i = 0; i < oldPacks.length; i++) {
            if (oldPacks[i] != EMPTY) {
                put(oldPacks[i], oldPlaces[i]);
            }
        }
    }

    private static long[] empty(int length) {
        long[] fresh = new long[length];
        Arrays.fill(fresh, EMPTY);
        return fresh;
    }
}
