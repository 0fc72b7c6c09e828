package org.pgkeep.vault.sweep;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectName;

/**
 * The locks of a place, kept ahead of time: each sweep has what is needed locked for some weeks
 * more, and lets the locks of the rest run out. So a lock never outlasts the need for an object by
 * more than {@link #AHEAD_MAX}, and whoever gets hold of this machine finds all that is needed
 * locked for {@link #AHEAD_MIN} at least after the newest sweep.
 *
 * <p>Remembers what it has asked, so that an object costs one question at the start of a service
 * and an extension a week, some 100 bytes of memory each. Any thread.
 */
public final class HeldLocks {
    /** Long enough to notice that pgkeep has stopped, and to have it sweep again. */
    public static final Duration AHEAD_MIN = Duration.ofDays(7);

    /** What a mistake costs at most. */
    public static final Duration AHEAD_MAX = Duration.ofDays(14);

    private final ObjectLock lock;
    private final Map<ObjectName, Instant> known = new ConcurrentHashMap<>();

    public HeldLocks(ObjectLock lock) {
        this.lock = lock;
    }

    /** Until when the place keeps an object, whoever asks for its deletion; asked each time. */
    Optional<Instant> lockedUntil(ObjectName name) {
        return lock.lockedUntil(name);
    }

    /**
     * Has objects locked.
     *
     * @param now the moment up to which time has certainly passed: under a clock that is ahead,
     *     locks would last too long, and nobody can shorten them
     */
    Extended extend(Iterable<ObjectName> needed, Instant now) {
        // in steps, so that most sweeps have nothing to ask for
        long step = AHEAD_MIN.toSeconds();
        Instant until = Instant.ofEpochSecond((now.plus(AHEAD_MAX).getEpochSecond() / step) * step);
        long objects = 0;
        Optional<String> trouble = Optional.empty();
        long failed = 0;
        for (ObjectName name : needed) {
            objects++;
            if (!known.getOrDefault(name, Instant.MIN).isBefore(until)) {
                continue;
            }
            try {
                lock.extend(name, until);
                known.put(name, until);
            } catch (Failure failure) {
                if (failure.code() == Code.INTERRUPTED) {
                    throw failure;
                }
                failed++;
                trouble = trouble.or(() -> Optional.of(failure.message()));
            }
        }
        known.values().removeIf(at -> at.isBefore(now));
        long some = failed;
        return new Extended(
                objects - failed,
                until,
                trouble.map(why -> some + " objects could not be locked on: " + why));
    }

    /**
     * What was locked.
     *
     * @param objects how many are locked
     * @param until at least until then
     * @param trouble why the others are not
     */
    record Extended(long objects, Instant until, Optional<String> trouble) {}
}
