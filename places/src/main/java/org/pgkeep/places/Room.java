package org.pgkeep.places;

import java.util.concurrent.Semaphore;

/**
 * The room that calls under way may take in memory: bytes exist twice during a transfer, here and
 * in the library outside the Java heap. Safe for any number of threads.
 */
final class Room {
    /** Calls at once: more don't make a place faster, and each holds a connection. */
    static final int CALLS_MAX = 16;

    /**
     * Bytes under way at once. One object of the largest size (64 MiB), or many small ones: with
     * the copy outside the heap twice as much.
     */
    static final int BYTES_MAX = 64 << 20;

    /** A whole object is asked for without knowing its size; what is read whole is small. */
    static final int UNKNOWN_BYTES = 4 << 20;

    private final Semaphore calls = new Semaphore(CALLS_MAX, true);
    private final Semaphore bytes = new Semaphore(BYTES_MAX, true);

    /** A call's part of the room; closing it gives it back. */
    interface Part extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for room for a call with so many bytes. */
    Part take(long wanted) throws InterruptedException {
        int share = (int) Math.min(wanted, BYTES_MAX);
        calls.acquire();
        try {
            bytes.acquire(share);
        } catch (InterruptedException e) {
            calls.release();
            throw e;
        }
        return () -> {
            bytes.release(share);
            calls.release();
        };
    }
}
