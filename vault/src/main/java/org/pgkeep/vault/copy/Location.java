package org.pgkeep.vault.copy;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;

/**
 * One place of a tier, and what is known of its health. The health is guarded by this object; the
 * store is not called under that lock.
 */
final class Location {
    /** A location that failed is left alone for so long, then for twice as long, … */
    private static final Duration PAUSE_MIN = Duration.ofSeconds(2);

    /** … and at most for so long: a location that is back is found within a minute. */
    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

    /** What hangs on its way to one location may take this much memory: two of the largest. */
    private static final long PENDING_BYTES_MAX = 128L << 20;

    /** Questions that may hang at one location: more than pgkeep has threads at work. */
    private static final int PENDING_MAX = 256;

    private final int number;
    private final ObjectStore store;
    private final Predicate<ObjectStore> identity;
    private final InstantSource clock;
    private final CopyEvents events;

    private boolean recognised;
    private @Nullable Failure trouble;
    private Optional<Instant> lastContact = Optional.empty();
    private Instant troubleSince = Instant.MIN;
    private Instant retryAt = Instant.MIN;
    private Duration pause = PAUSE_MIN;
    private long pendingBytes;
    private int pending;

    /**
     * A location.
     *
     * @param identity whether what stands there is what stood there before; asked at the first
     *     contact and after each failure. A disk that is not mounted is an empty folder, and would
     *     otherwise be taken for a location that lost everything
     */
    Location(
            int number,
            ObjectStore store,
            Predicate<ObjectStore> identity,
            InstantSource clock,
            CopyEvents events) {
        this.number = number;
        this.store = store;
        this.identity = identity;
        this.clock = clock;
        this.events = events;
    }

    int number() {
        return number;
    }

    ObjectStore store() {
        return store;
    }

    /** Asks the location something, now, in this thread. */
    <T> Answer<T> ask(Function<Location, T> work) {
        try {
            recognise();
            T value = work.apply(this);
            answered();
            return new Answer.Done<>(this, value);
        } catch (Failure failure) {
            if (failure.code() != Code.INTERRUPTED) {
                failed(failure);
            }
            return new Answer.Failed<>(this, failure);
        }
    }

    private void recognise() {
        synchronized (this) {
            if (recognised) {
                return;
            }
        }
        if (!identity.test(store)) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    this + " is empty, or belongs to something else",
                    "mount what it is on; if it was replaced, let it be filled again with: pgkeep"
                            + " vault tier refill --location "
                            + number);
        }
        synchronized (this) {
            recognised = true;
        }
    }

    /** Whether it answered last time, or has not been asked for so long that it may again. */
    synchronized boolean isWorthAsking() {
        return trouble == null || !clock.instant().isBefore(retryAt);
    }

    synchronized boolean isUp() {
        return trouble == null;
    }

    /** It did what it was asked. */
    void answered() {
        boolean wasLost;
        synchronized (this) {
            wasLost = trouble != null;
            trouble = null;
            pause = PAUSE_MIN;
            lastContact = Optional.of(clock.instant());
        }
        if (wasLost) {
            events.back(toString());
        }
    }

    /** It failed, or was too slow. */
    void failed(Failure failure) {
        boolean isNew;
        synchronized (this) {
            Instant now = clock.instant();
            isNew = trouble == null;
            if (isNew) {
                troubleSince = now;
            }
            trouble = failure;
            recognised = false;
            retryAt = now.plus(pause);
            Duration longer = pause.multipliedBy(2);
            pause = longer.compareTo(PAUSE_MAX) < 0 ? longer : PAUSE_MAX;
        }
        if (isNew) {
            events.lost(toString(), failure.message());
        }
    }

    synchronized LocationHealth health(long lacking) {
        Failure failure = trouble;
        return new LocationHealth(
                number,
                store.location(),
                failure != null
                        ? LocationHealth.State.AWAY
                        : lacking > 0
                                ? LocationHealth.State.CATCHING_UP
                                : LocationHealth.State.GOOD,
                lastContact,
                failure == null ? Optional.empty() : Optional.of(troubleSince),
                failure == null
                        ? Optional.empty()
                        : Optional.of(failure.message() + ": " + failure.hint()),
                lacking);
    }

    /** Makes room for a question, if there is any. */
    synchronized boolean admit(long bytes) {
        if (pending >= PENDING_MAX || (pending > 0 && pendingBytes + bytes > PENDING_BYTES_MAX)) {
            return false;
        }
        pending++;
        pendingBytes += bytes;
        return true;
    }

    synchronized void release(long bytes) {
        pending--;
        pendingBytes -= bytes;
    }

    @Override
    public String toString() {
        return "location " + number + " (" + store.location() + ")";
    }
}
