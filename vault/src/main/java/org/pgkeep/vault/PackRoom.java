package org.pgkeep.vault;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The memory in which packs wait to be stored, shared by all writers of a vault and bounded in
 * bytes. Arrays that had a pack are used again for the next one: new ones, a gigabyte in a few
 * seconds, would keep the collector busy, and with it every thread. They go when the last writer
 * does.
 *
 * <p>Safe for any number of threads; what is idle is guarded by the object's monitor.
 */
final class PackRoom {
    /** A pack is stored when it reaches its target: what it may have beyond it, as a rule. */
    private static final int SLACK_BYTES = 4 * PackWriter.CHUNK_BYTES;

    /** A pack below this part of a usual one gets an array of its own size, which is not kept. */
    private static final int SMALL_PART = 4;

    private final int bytes;
    private final int usualBytes;
    private final Semaphore free;
    private final Deque<byte[]> idle = new ArrayDeque<>();
    private int writers;

    PackRoom(VaultSettings settings) {
        this(settings.queueBytes(), settings.packBytesTarget());
    }

    PackRoom(int bytes, int packBytesTarget) {
        this.bytes = bytes;
        this.usualBytes = packBytesTarget + SLACK_BYTES;
        this.free = new Semaphore(bytes);
    }

    /**
     * Room for one pack, to be given back.
     *
     * @param buffer at least as long as was asked for; its bytes are anything
     * @param permits what it takes of the room
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Place(byte[] buffer, int permits) {}

    /** The bytes of a usual pack, in its array. */
    int usualBytes() {
        return usualBytes;
    }

    /** Room for a pack of so many bytes; waits for it. */
    Place take(int wanted) throws InterruptedException {
        // one that is larger than all the room waits until it is alone
        int permits = Math.min(wanted, bytes);
        free.acquire(permits);
        return new Place(buffer(wanted), permits);
    }

    private synchronized byte[] buffer(int wanted) {
        if (wanted <= usualBytes / SMALL_PART || wanted > usualBytes) {
            return new byte[wanted];
        }
        byte @Nullable [] used = idle.pollFirst();
        return used == null ? new byte[usualBytes] : used;
    }

    /** The pack is stored, or given up. */
    void give(Place place) {
        synchronized (this) {
            if (place.buffer().length == usualBytes && writers > 0) {
                idle.addFirst(place.buffer());
            }
        }
        free.release(place.permits());
    }

    /** A writer begins. */
    synchronized void enter() {
        writers++;
    }

    /** A writer has ended. */
    synchronized void leave() {
        writers--;
        if (writers == 0) {
            idle.clear();
        }
    }

    /** Bytes that may still wait. */
    int freeBytes() {
        return free.availablePermits();
    }

    /** Whether somebody waits for room. */
    boolean isAwaited() {
        return free.hasQueuedThreads();
    }
}
