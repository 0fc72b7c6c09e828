package org.pgkeep.tidy.planted.upward.engine;

import org.jspecify.annotations.NullMarked;

/** What stands above. */
@NullMarked
public final class Worker {
    /** Works. */
    public void work() {}
}
