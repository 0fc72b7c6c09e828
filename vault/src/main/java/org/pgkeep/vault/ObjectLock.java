package org.pgkeep.vault;

import java.time.Instant;
import java.util.Optional;

/**
 * The port behind which a place keeps objects from being deleted before a moment, whoever asks. All
 * methods may be called from any thread, and throw {@link org.pgkeep.failure.Failure} as those of
 * {@link ObjectStore} do.
 *
 * <p>Where a place has locks, ask before deleting: with object lock goes versioning, and a plain
 * deletion of a locked object then only hides it, and frees nothing.
 */
public interface ObjectLock {
    /** Until when the object can't be deleted; empty if it can be, or if there is none. */
    Optional<Instant> lockedUntil(ObjectName name);

    /**
     * Keeps the object until a moment. A lock that lasts longer already is left as it is: a lock is
     * never shortened.
     *
     * @throws org.pgkeep.failure.Failure {@code STORE_UNAVAILABLE} also when there is no such
     *     object, or when the place refuses
     */
    void extend(ObjectName name, Instant until);
}
