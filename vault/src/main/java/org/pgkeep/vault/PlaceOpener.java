package org.pgkeep.vault;

import java.util.Optional;

/**
 * The port behind which places are turned into stores. Whoever composes tiers out of several places
 * takes one through the constructor; which kinds of place there are is known where the house is put
 * together.
 *
 * <p>Opening asks nothing of the place: a place that can't be reached, or that refuses, is told of
 * by the first call of the store.
 */
public interface PlaceOpener {
    /**
     * The store at a place. Nothing is made there: a folder that is missing holds no objects and
     * takes none.
     *
     * @throws org.pgkeep.failure.Failure {@code BAD_ARGUMENT} for an address whose options don't
     *     fit together, {@code WRONG_PLACE} for a kind of place this pgkeep can't open, {@code
     *     NOT_ALLOWED} when the address names a file of credentials that can't be read
     */
    ObjectStore open(PlaceAddress address);

    /**
     * As {@link #open}, and makes the folder of a {@code file:} place, readable for its owner
     * alone, when it is missing. Buckets and containers are never made: who may do so decides more
     * than where objects go.
     */
    default ObjectStore make(PlaceAddress address) {
        return open(address);
    }

    /** How to see and extend the locks of a place's objects; empty where there are none. */
    default Optional<ObjectLock> lock(PlaceAddress address) {
        return Optional.empty();
    }
}
