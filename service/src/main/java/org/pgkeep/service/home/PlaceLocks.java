package org.pgkeep.service.home;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectName;

/**
 * The locks of a tier's places as one: an object is locked as long as any place keeps its copy.
 *
 * @param places of those that have locks, at least one
 */
record PlaceLocks(List<ObjectLock> places) implements ObjectLock {
    PlaceLocks {
        places = List.copyOf(places);
    }

    @Override
    public Optional<Instant> lockedUntil(ObjectName name) {
        return places.stream()
                .flatMap(place -> place.lockedUntil(name).stream())
                .max(Instant::compareTo);
    }

    @Override
    public void extend(ObjectName name, Instant until) {
        places.forEach(place -> place.extend(name, until));
    }
}
