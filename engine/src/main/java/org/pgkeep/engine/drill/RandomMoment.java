package org.pgkeep.engine.drill;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgkeep.engine.RestorableRange;

/** Chooses among all moments that can be gone back to, each as likely as any other. */
public final class RandomMoment {
    private RandomMoment() {}

    /**
     * A moment of one of the ranges, to the microsecond; empty where there are none.
     *
     * @param ranges the restorable ones; those that overlap count twice where they do
     */
    public static Optional<Instant> in(List<RestorableRange> ranges, RandomGenerator random) {
        long all = ranges.stream().mapToLong(RandomMoment::micros).sum();
        if (ranges.isEmpty()) {
            return Optional.empty();
        }
        long chosen = random.nextLong(all);
        for (RestorableRange range : ranges) {
            long micros = micros(range);
            if (chosen < micros) {
                return Optional.of(range.fromTime().plusNanos(chosen * 1000));
            }
            chosen -= micros;
        }
        throw new IllegalStateException("the ranges changed");
    }

    /** How many moments a range has: its first is one, even where it is the only one. */
    private static long micros(RestorableRange range) {
        return Math.max(0, Duration.between(range.fromTime(), range.toTime()).toNanos() / 1000) + 1;
    }
}
