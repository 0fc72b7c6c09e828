package org.pgkeep.vault.sync;

import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** How fast something may go. */
@FunctionalInterface
public interface Pace {
    /** As fast as it can. */
    Pace FREE = bytes -> {};

    /** Waits until so many more bytes may be read. */
    void take(long bytes);

    /** At most so many bytes a second, on average over the bytes taken. */
    static Pace bytesPerSecond(long most) {
        if (most < 1) {
            throw new IllegalArgumentException("no rate: " + most);
        }
        return bytes -> {
            try {
                Thread.sleep(1_000L * bytes / most);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(Code.INTERRUPTED, "the work was cancelled", "start it again", e);
            }
        };
    }
}
