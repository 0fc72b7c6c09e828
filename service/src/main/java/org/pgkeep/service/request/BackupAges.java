package org.pgkeep.service.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.pgkeep.engine.ServerId;

/**
 * How old each server's newest backup is. Asked every half minute, it asks the vault when a backup
 * may be due, and once an hour: each look costs requests for every backup there is.
 */
final class BackupAges {
    /** A backup that somebody deletes makes the next one due earlier; that can wait so long. */
    private static final Duration LOOK_EVERY = Duration.ofHours(1);

    private final Function<ServerId, Optional<Instant>> newest;
    private final InstantSource clock;
    private final Map<ServerId, Look> looks = new ConcurrentHashMap<>();

    private record Look(Instant newest, Instant at) {}

    /**
     * Ages by that clock.
     *
     * @param newest when the newest backup began, from the vault; empty where there is none
     */
    BackupAges(Function<ServerId, Optional<Instant>> newest, InstantSource clock) {
        this.newest = newest;
        this.clock = clock;
    }

    /** Whether a server has no backup that began less than so long ago. */
    boolean isDue(ServerId id, Duration interval) {
        Instant now = clock.instant();
        return isDue(id, begun -> !begun.plus(interval).isAfter(now));
    }

    /**
     * Whether a server has no backup, or the next one is due.
     *
     * @param old whether it is, by when the newest one began
     */
    boolean isDue(ServerId id, Predicate<Instant> old) {
        Instant now = clock.instant();
        Look last = looks.get(id);
        if (last != null
                && !old.test(last.newest())
                && last.at().plus(LOOK_EVERY).isAfter(now)
                && !last.at().isAfter(now)) {
            return false;
        }
        Optional<Instant> begun = newest.apply(id);
        begun.ifPresent(at -> looks.put(id, new Look(at, now)));
        return begun.isEmpty() || old.test(begun.get());
    }
}
