package org.pgkeep.tidy.planted.cycle.engine.there;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.cycle.engine.here.Here;

/** The other half: there needs here. */
@NullMarked
public final class There {
    /** Comes back. */
    public Here back() {
        return new Here();
    }
}
