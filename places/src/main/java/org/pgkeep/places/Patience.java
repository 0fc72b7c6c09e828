package org.pgkeep.places;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a call may take, and how often it is made again.
 *
 * @param attempts how often at most
 * @param firstPause about so long before the second attempt; doubles each time
 * @param longestPause and never longer than this
 * @param answer how long a service may take to answer a call that carries few bytes
 * @param slowestBytesPerSecond how slow a transfer may be before it is taken for a hang
 */
record Patience(
        int attempts,
        Duration firstPause,
        Duration longestPause,
        Duration answer,
        long slowestBytesPerSecond) {
    /**
     * Six attempts with pauses of 0.2 to 10 s bridge about 10 s of trouble: a service's restart or
     * a burst of throttling. What lasts longer is for whoever called: captured WAL waits in the
     * spool meanwhile, and a job starts again. 20 s for an answer is more than any of the services
     * takes under load; 128 KiB/s is a line on which a backup makes no sense.
     */
    static final Patience DEFAULT =
            new Patience(
                    6,
                    Duration.ofMillis(200),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(20),
                    128 << 10);

    /** A listing is many calls: a thousand names each, a million in a few minutes. */
    private static final int LISTING_FACTOR = 15;

    /** All attempts of a call together may take so many times as long as one. */
    private static final int TOTAL_FACTOR = 3;

    /** The time for one attempt at a call that carries so many bytes. */
    Duration attempt(long bytes) {
        return answer.plusSeconds(bytes / slowestBytesPerSecond);
    }

    /** The time for one attempt at a listing. */
    Duration listing() {
        return answer.multipliedBy(LISTING_FACTOR);
    }

    /** The time for all attempts and the pauses between them. */
    static Duration total(Duration attempt) {
        return attempt.multipliedBy(TOTAL_FACTOR);
    }

    /** The pause after so many failed attempts: half of it for certain, half by chance. */
    Duration pause(int failed, RandomGenerator random) {
        long full =
                Math.min(
                        longestPause.toNanos(),
                        firstPause.toNanos() << Math.min(failed - 1, Integer.SIZE - 2));
        return Duration.ofNanos(full / 2 + random.nextLong(full / 2 + 1));
    }
}
