package org.pgkeep.vault.sweep;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.pgkeep.vault.ObjectName;

/**
 * How a sweep sweeps.
 *
 * @param grace how long an object has to be unneeded before it goes
 * @param keepsDropped whether the names of what went stay listed in the place: where another place
 *     is copied from, they would come back
 * @param stillNeeded whether another place has still to copy an object from this one
 * @param mayCome whether a pack that no snapshot of this place refers to may yet be referred to by
 *     one that is going to be copied here: its packs come before it
 * @param locks what keeps objects of the place from being deleted, where it has that
 */
public record SweepSettings(
        Duration grace,
        boolean keepsDropped,
        Predicate<ObjectName> stillNeeded,
        Predicate<ObjectName> mayCome,
        Optional<HeldLocks> locks) {
    /** A day: long enough for a reader that hangs, and to notice a mistake. */
    public static final Duration GRACE_DEFAULT = Duration.ofDays(1);

    /** The usual ones for tier 1. */
    public static final SweepSettings DEFAULT =
            new SweepSettings(GRACE_DEFAULT, false, name -> false, name -> false, Optional.empty());

    /** The same with another grace period. */
    public SweepSettings withGrace(Duration other) {
        return new SweepSettings(other, keepsDropped, stillNeeded, mayCome, locks);
    }

    /** Refuses a negative grace period. */
    public SweepSettings {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("a grace period of " + grace);
        }
    }
}
