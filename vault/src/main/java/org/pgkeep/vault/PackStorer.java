package org.pgkeep.vault;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;

/**
 * Stores the packs of one writer, one after the other, beside the sealing: a disk that syncs, or a
 * place far away, does not keep the processor waiting. What waits to be stored is bounded by the
 * room that all writers of a vault share; a writer that finds none waits.
 *
 * <p>Owned by the writer's thread; the only other thread is the storer's own, and what they share
 * is the first failure. After one nothing more is stored.
 */
final class PackStorer {
    private final ObjectStore store;
    private final Semaphore room;
    private final int roomBytes;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private @Nullable ExecutorService thread;

    /**
     * A storer.
     *
     * @param room bytes that may still wait
     * @param roomBytes of it in all
     */
    PackStorer(ObjectStore store, Semaphore room, int roomBytes) {
        this.store = store;
        this.room = room;
        this.roomBytes = roomBytes;
    }

    /**
     * Stores a pack soon. It is durable after {@link #finish}.
     *
     * @throws Failure what an earlier one failed with, or INTERRUPTED
     */
    void store(ObjectName name, byte[] pack) {
        checkFailure();
        // one that is larger than all the room waits until it is alone
        int permits = Math.min(pack.length, roomBytes);
        try {
            room.acquire(permits);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            thread().execute(() -> {
                try {
                    storeUnlessFailed(name, pack);
                } finally {
                    room.release(permits);
                }
            });
        } catch (RuntimeException e) {
            room.release(permits);
            throw e;
        }
    }

    /** Stores the last pack and waits for all. */
    void finish(ObjectName name, byte[] pack) {
        checkFailure();
        // nothing is left to be sealed meanwhile: no thread of its own for it
        if (thread == null) {
            put(name, pack);
        } else {
            thread().execute(() -> storeUnlessFailed(name, pack));
        }
        finish();
    }

    /** Waits until all packs are durable. */
    void finish() {
        ExecutorService running = thread;
        if (running == null) {
            return;
        }
        running.shutdown();
        try {
            while (!running.awaitTermination(1, TimeUnit.MINUTES)) {}
        } catch (InterruptedException e) {
            Failure interrupted = interrupted(e);
            // what waits is not stored any more; close() waits for what is being stored
            failure.compareAndSet(null, interrupted);
            throw interrupted;
        }
        checkFailure();
    }

    /** Drops what waits, and waits until nothing is being stored any more. */
    void close() {
        ExecutorService running = thread;
        if (running == null || running.isTerminated()) {
            return;
        }
        failure.compareAndSet(null, new IllegalStateException("the writer was closed"));
        running.shutdown();
        boolean interrupted = Thread.interrupted();
        while (true) {
            try {
                if (running.awaitTermination(1, TimeUnit.MINUTES)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private ExecutorService thread() {
        ExecutorService running = thread;
        if (running == null) {
            running =
                    Executors.newSingleThreadExecutor(
                            Thread.ofPlatform().daemon().name("pack-storer").factory());
            thread = running;
        }
        return running;
    }

    private void storeUnlessFailed(ObjectName name, byte[] pack) {
        if (failure.get() == null) {
            try {
                put(name, pack);
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private void put(ObjectName name, byte[] pack) {
        if (store.putIfAbsent(name, pack) == PutOutcome.EXISTS && !isStored(name, pack)) {
            throw Damage.of(name.text(), "another object stands under a name just drawn at random");
        }
    }

    /** A store may lose its answer, try again, and then meet its own object. */
    private boolean isStored(ObjectName name, byte[] pack) {
        return store.range(name, 0, pack.length + 1)
                .filter(there -> Arrays.equals(there, pack))
                .isPresent();
    }

    private void checkFailure() {
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private static Failure interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Failure(
                Code.INTERRUPTED, "storing a pack was interrupted", "ask for it again", e);
    }
}
