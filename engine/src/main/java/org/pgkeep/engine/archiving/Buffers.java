package org.pgkeep.engine.archiving;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Arrays of one size that are used again, as long as the heap, which is small, has room for them.
 * Thread-safe.
 */
final class Buffers {
    /** As many as work at once; more go back to the heap. */
    private static final int KEPT_MAX = 3;

    private final int bytes;
    private final Deque<SoftReference<byte[]>> free = new ArrayDeque<>();

    Buffers(int bytes) {
        this.bytes = bytes;
    }

    synchronized byte[] borrow() {
        while (true) {
            SoftReference<byte[]> kept = free.pollFirst();
            byte[] found = kept == null ? new byte[bytes] : kept.get();
            if (found != null) {
                return found;
            }
        }
    }

    synchronized void giveBack(byte[] buffer) {
        if (free.size() < KEPT_MAX) {
            free.addFirst(new SoftReference<>(buffer));
        }
    }
}
