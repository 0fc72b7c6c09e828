package org.pgkeep.tidy.planted.cycle.engine.here;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.cycle.engine.there.There;

/** Half of a fault: here needs there. */
@NullMarked
public final class Here {
    /** Goes there. */
    public There go() {
        return new There();
    }
}
