package org.pgkeep.vault.sync;

import java.util.function.BooleanSupplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** How fast something may go. */
@FunctionalInterface
public interface Pace {
    /** So often it is asked whether to go on. */
    long SLICE_MILLIS = 100;

    /** As fast as it can. */
    Pace FREE = bytes -> {};

    /** Waits until so many more bytes may be read. */
    void take(long bytes);

    /**
     * At most so many bytes a second, on average over the bytes taken.
     *
     * @param cancelled asked several times a second; then nobody waits any longer
     */
    static Pace bytesPerSecond(long most, BooleanSupplier cancelled) {
        if (most < 1) {
            throw new IllegalArgumentException("no rate: " + most);
        }
        return bytes -> {
            try {
                long end = System.nanoTime() + (long) (1e9 * bytes / most);
                for (long left = end - System.nanoTime();
                        left > 0 && !cancelled.getAsBoolean();
                        left = end - System.nanoTime()) {
                    Thread.sleep(Math.min(SLICE_MILLIS, 1 + left / 1_000_000));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Code.INTERRUPTED, "the work was cancelled", "start it again", e);
            }
        };
    }
}
