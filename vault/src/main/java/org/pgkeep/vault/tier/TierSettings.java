package org.pgkeep.vault.tier;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * One tier of a vault.
 *
 * @param name what people call it; letters, digits, dots, hyphens and underscores
 * @param redundancy how often it keeps each object
 * @param places the addresses of its locations, as {@link Redundancy#places} asks for; they hold no
 *     secrets. For {@link Redundancy#GEO} the second one is the paired region's
 * @param keep how long it keeps what is in it
 * @param pricePerGbMonth what a gigabyte (10^9 bytes) costs there in a month, in the price list's
 *     currency; empty when nobody said
 */
public record TierSettings(
        String name,
        Redundancy redundancy,
        List<String> places,
        TierKeep keep,
        Optional<BigDecimal> pricePerGbMonth) {
    /** The most characters of an address; many times what any takes. */
    public static final int ADDRESS_CHARACTERS_MAX = 1_000;

    /** Refuses a tier that could not be. */
    public TierSettings {
        places = List.copyOf(places);
        if (!name.matches("[A-Za-z0-9][\\w.-]{0,62}")) {
            throw new IllegalArgumentException("no name of a tier: " + name);
        }
        if (places.size() != redundancy.places()
                || places.stream().distinct().count() != places.size()) {
            throw new IllegalArgumentException(
                    "redundancy "
                            + redundancy.word()
                            + " takes "
                            + redundancy.places()
                            + " different places, not "
                            + places);
        }
        for (String place : places) {
            if (place.isBlank() || place.length() > ADDRESS_CHARACTERS_MAX) {
                throw new IllegalArgumentException("no address: " + place);
            }
        }
        if (pricePerGbMonth.isPresent() && pricePerGbMonth.get().signum() < 0) {
            throw new IllegalArgumentException("a negative price");
        }
    }

    /** A tier in one place that keeps what the servers' retention says. */
    public static TierSettings local(String name, String place) {
        return new TierSettings(
                name, Redundancy.LOCAL, List.of(place), TierKeep.AS_SERVERS, Optional.empty());
    }
}
