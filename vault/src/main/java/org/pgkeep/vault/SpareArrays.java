package org.pgkeep.vault;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Large arrays that were used and may be used again, instead of new ones that the collector would
 * have to move. It keeps few, and lets go of them where memory is short. Any thread may call.
 */
final class SpareArrays {
    /** As many as are in use at once, as a rule: one for each thread that seals. */
    private static final int KEPT_MAX = 3;

    private final Deque<SoftReference<byte[]>> kept = new ArrayDeque<>();

    /** An array of at least so many bytes, whatever they are. */
    synchronized byte[] take(int bytes) {
        while (!kept.isEmpty()) {
            byte @Nullable [] spare = kept.removeFirst().get();
            if (spare != null && spare.length >= bytes) {
                return spare;
            }
        }
        return new byte[bytes];
    }

    /** The array is not used any more. */
    synchronized void give(byte[] array) {
        if (kept.size() < KEPT_MAX) {
            kept.addFirst(new SoftReference<>(array));
        }
    }
}
