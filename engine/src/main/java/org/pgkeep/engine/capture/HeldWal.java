package org.pgkeep.engine.capture;

import java.time.Duration;
import org.pgkeep.postgres.Lsn;

/** Whoever can say that the vault holds all WAL up to a position. */
@FunctionalInterface
public interface HeldWal {
    /**
     * Waits until the vault holds every byte before {@code lsn}.
     *
     * @return whether it does; false if the time ran out before
     */
    boolean awaitHeld(Lsn lsn, Duration atMost);
}
