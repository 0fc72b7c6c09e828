package org.pgkeep.engine.capture;

import org.pgkeep.postgres.Lsn;

/** Hears what a capture meets, from its threads; must return at once. */
public interface CaptureListener {
    /** The state changed. */
    void stateChanged(CaptureState state);

    /**
     * The server no longer had the WAL behind {@code heldTo}: what comes next starts at {@code
     * resumedAt}. Moments in between, and behind until the next snapshot, can't be restored.
     */
    void hole(Lsn heldTo, Lsn resumedAt);
}
