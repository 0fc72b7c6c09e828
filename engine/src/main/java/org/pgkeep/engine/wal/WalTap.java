package org.pgkeep.engine.wal;

import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * Looks at WAL on its way from the spool into the vault, on the shipping thread: never on the one
 * that receives, and before the bytes are sealed.
 */
@FunctionalInterface
public interface WalTap {
    /** Looks at nothing. */
    WalTap NONE = (_, _, _, _, _) -> {};

    /**
     * The next bytes, each once and in order. A call that does not go on where the last one ended
     * begins anew, at the start of a segment or of 16 MiB of a larger one: after a start, a hole, a
     * promotion. The bytes may be overwritten once this returns. A failure is logged, and costs the
     * tap its bytes, not the vault.
     */
    void passed(TimelineId timeline, Lsn at, byte[] bytes, int offset, int length);

    /** Nothing passes for the moment: time for a little of what was put off. */
    default void idle() {}
}
