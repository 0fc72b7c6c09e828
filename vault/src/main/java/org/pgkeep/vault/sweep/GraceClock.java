package org.pgkeep.vault.sweep;

import java.time.Duration;
import java.time.Instant;

/**
 * How much time has certainly passed, for all that is deleted by age. A clock can jump: a year
 * ahead by a flat battery, and everything would be old at once. So time counts only as it is seen
 * to pass: from one look to the next at most {@link #STEP_MAX}, and at most twice what the clock
 * says went by, which lets it catch up after a time without looks. Time never goes backwards here.
 *
 * <p>So one jump, however far, makes things older by a day at most; and whatever the clock does
 * between two looks, a window of n days still holds everything of the n - 1 days that were seen.
 *
 * @param seen what the clock said at the newest look
 * @param passed the moment up to which time is believed to have passed; not later than any honest
 *     clock
 */
public record GraceClock(Instant seen, Instant passed) {
    /** The most that one look may believe. */
    public static final Duration STEP_MAX = Duration.ofDays(1);

    private static final int CATCH_UP = 2;

    /** The clock before any look: time is believed up to {@code proven}, and no later than now. */
    public static GraceClock first(Instant now, Instant proven) {
        return new GraceClock(now, proven.isBefore(now) ? proven : now);
    }

    /** The clock after one more look. */
    public GraceClock look(Instant now) {
        Duration gone = Duration.between(seen, now);
        if (gone.isNegative() || !passed.isBefore(now)) {
            return new GraceClock(now, passed);
        }
        Duration believed = gone.compareTo(STEP_MAX) > 0 ? STEP_MAX : gone.multipliedBy(CATCH_UP);
        Instant then = passed.plus(believed.compareTo(STEP_MAX) > 0 ? STEP_MAX : believed);
        return new GraceClock(now, then.isBefore(now) ? then : now);
    }

    /** How far the clock is ahead of what is believed. */
    public Duration doubt() {
        Duration ahead = Duration.between(passed, seen);
        return ahead.isNegative() ? Duration.ZERO : ahead;
    }
}
