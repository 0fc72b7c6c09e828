package org.pgkeep.engine.archiving;

import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** Hears what came into the vault, from the threads that brought it; must return soon. */
public interface PushListener {
    /** Every byte between the positions is durable in the vault. */
    void held(TimelineId timeline, Lsn from, Lsn to);

    /** The server was told that these bytes are held: it forgets them, and goes on behind. */
    void acknowledged(TimelineId timeline, Lsn from, Lsn to);
}
