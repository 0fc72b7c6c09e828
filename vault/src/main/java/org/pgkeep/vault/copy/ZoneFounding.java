package org.pgkeep.vault.copy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * Makes three places the locations of one zone. Each gets an object that says which zone and which
 * location it is: without it a place is taken for a disk that is not mounted, not for one that is
 * empty.
 */
public final class ZoneFounding {
    /** How many locations a zone has. */
    public static final int LOCATIONS = 3;

    private static final int IDENTITY_BYTES_MAX = 1_024;

    private ZoneFounding() {}

    /** Whether the place belongs to a zone. */
    public static boolean isLocation(ObjectStore store) {
        return store.range(ZoneNames.IDENTITY, 0, IDENTITY_BYTES_MAX).isPresent();
    }

    /**
     * Marks three places as a zone's locations. All three have to be there and to hold nothing,
     * except that an earlier founding may have got halfway: it is taken up.
     *
     * @param zone an id for the zone, drawn at random
     * @throws Failure WRONG_PLACE
     */
    public static void found(List<ObjectStore> places, UUID zone) {
        Optional<UUID> begun = Optional.empty();
        for (ObjectStore place : places) {
            Optional<byte[]> there = place.range(ZoneNames.IDENTITY, 0, IDENTITY_BYTES_MAX);
            if (there.isPresent()) {
                begun = begun.or(() -> zoneOf(there.get()));
            } else if (!place.list("").isEmpty()) {
                throw new Failure(
                        Code.WRONG_PLACE,
                        place.location() + " holds objects already",
                        "choose an empty place");
            }
        }
        UUID id = begun.orElse(zone);
        for (int number = 1; number <= places.size(); number++) {
            bind(places.get(number - 1), id, number);
        }
    }

    /**
     * Makes a place that was replaced by an empty one a location again. First everything that the
     * other two hold is copied, then the place says who it is: a crash in between leaves a place
     * that is still away, and the next call goes on where it ended. The other way round a location
     * that lost its votes would vote.
     *
     * @param places of the zone, in their order
     * @param number of the place to be filled
     * @return how many objects were copied
     * @throws Failure WRONG_STATE if it is no empty place, STORE_UNAVAILABLE if not both others are
     *     there: what only they know must not be forgotten
     */
    public static long refill(List<ObjectStore> places, int number) {
        ObjectStore empty = places.get(number - 1);
        if (isLocation(empty)) {
            throw new Failure(
                    Code.WRONG_STATE,
                    empty.location() + " is in use as location " + number,
                    "look at the locations with: pgkeep vault show");
        }
        @Nullable UUID zone = null;
        for (int i = 1; i <= places.size(); i++) {
            ObjectStore place = places.get(i - 1);
            if (i != number) {
                zone =
                        place.range(ZoneNames.IDENTITY, 0, IDENTITY_BYTES_MAX)
                                .flatMap(ZoneFounding::zoneOf)
                                .orElseThrow(() ->
                                        new Failure(
                                                Code.STORE_UNAVAILABLE,
                                                place.location() + " is away",
                                                "bring both other locations back first"));
            }
        }
        long copied = 0;
        for (int i = 1; i <= places.size(); i++) {
            if (i != number) {
                copied += copyAll(places.get(i - 1), empty);
            }
        }
        bind(empty, Objects.requireNonNull(zone), number);
        return copied;
    }

    private static long copyAll(ObjectStore from, ObjectStore to) {
        List<StoredObject> there = to.list("");
        List<StoredObject> wanted = new ArrayList<>(from.list(""));
        wanted.removeIf(object -> object.name().equals(ZoneNames.IDENTITY));
        wanted.removeAll(there);
        long copied = 0;
        for (StoredObject object : wanted) {
            Optional<byte[]> bytes = from.get(object.name());
            if (bytes.isPresent()
                    && to.putIfAbsent(object.name(), bytes.get()) == PutOutcome.CREATED) {
                copied++;
            }
        }
        return copied;
    }

    private static void bind(ObjectStore place, UUID zone, int number) {
        byte[] identity = identity(zone, number);
        if (place.putIfAbsent(ZoneNames.IDENTITY, identity) == PutOutcome.EXISTS
                && !Arrays.equals(identity, place.get(ZoneNames.IDENTITY).orElse(new byte[0]))) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    place.location() + " belongs to another zone, or is another location of it",
                    "give the locations in the order in which the vault was made, or choose empty"
                            + " places");
        }
    }

    private static byte[] identity(UUID zone, int number) {
        return ("pgkeep zone " + zone + " location " + number + "\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static Optional<UUID> zoneOf(byte[] identity) {
        String[] words = new String(identity, StandardCharsets.US_ASCII).strip().split(" ", -1);
        try {
            return words.length == 5 && words[0].equals("pgkeep") && words[1].equals("zone")
                    ? Optional.of(UUID.fromString(words[2]))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** What the locations of one store have to say who they are: the first one met decides. */
    static final class Identity {
        private @Nullable UUID zone;

        /** Whether the place is that location of this zone. */
        synchronized boolean recognises(ObjectStore store, int number) {
            Optional<byte[]> identity = store.range(ZoneNames.IDENTITY, 0, IDENTITY_BYTES_MAX);
            Optional<UUID> found = identity.flatMap(ZoneFounding::zoneOf);
            if (found.isEmpty()) {
                return false;
            }
            UUID id = zone == null ? found.get() : zone;
            boolean fits = Arrays.equals(identity.get(), identity(id, number));
            if (fits) {
                zone = id;
            }
            return fits;
        }
    }
}
