package org.pgkeep.vault;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
    private final PackRoom room;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private @Nullable ExecutorService thread;

    /** A storer of packs that wait in that room. */
    PackStorer(ObjectStore store, PackRoom room) {
        this.store = store;
        this.room = room;
    }

    /**
     * Stores a pack soon. It is durable after {@link #finish}.
     *
     * @param bytes of the pack
     * @param pack writes it into the front of an array, before this returns
     * @throws Failure what an earlier one failed with, or INTERRUPTED
     */
    void store(ObjectName name, int bytes, Consumer<byte[]> pack) {
        checkFailure();
        PackRoom.Place place = fill(bytes, pack);
        try {
            thread().execute(() -> {
                try {
                    storeUnlessFailed(name, place.buffer(), bytes);
                } finally {
                    room.give(place);
                }
            });
        } catch (RuntimeException e) {
            room.give(place);
            throw e;
        }
    }

    /** Stores the last pack and waits for all. */
    void finish(ObjectName name, int bytes, Consumer<byte[]> pack) {
        // nothing is left to be sealed meanwhile: no thread of its own for it
        if (thread == null) {
            checkFailure();
            PackRoom.Place place = fill(bytes, pack);
            try {
                put(name, place.buffer(), bytes);
            } finally {
                room.give(place);
            }
        } else {
            store(name, bytes, pack);
        }
        finish();
    }

    private PackRoom.Place fill(int bytes, Consumer<byte[]> pack) {
        PackRoom.Place place;
        try {
            place = room.take(bytes);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        try {
            pack.accept(place.buffer());
        } catch (RuntimeException e) {
            room.give(place);
            throw e;
        }
        return place;
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

    private void storeUnlessFailed(ObjectName name, byte[] buffer, int bytes) {
        if (failure.get() == null) {
            try {
                put(name, buffer, bytes);
            } catch (RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private void put(ObjectName name, byte[] buffer, int bytes) {
        if (store.putIfAbsent(name, buffer, bytes) == PutOutcome.EXISTS
                && !isStored(name, buffer, bytes)) {
            throw Damage.of(name.text(), "another object stands under a name just drawn at random");
        }
    }

    /** A store may lose its answer, try again, and then meet its own object. */
    private boolean isStored(ObjectName name, byte[] buffer, int bytes) {
        return store.range(name, 0, bytes + 1)
                .filter(there -> Arrays.equals(there, 0, there.length, buffer, 0, bytes))
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
