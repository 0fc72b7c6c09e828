package org.pgkeep.vault.tier;

import java.util.ArrayList;
import java.util.List;

/**
 * The tiers of a vault in their order; the first one is where everything is written first.
 *
 * @param version of the document it was read from, 0 when none was stored yet
 * @param tiers the tiers; tier {@code n} of the command line is {@code tiers.get(n - 1)}
 */
public record TierList(int version, List<TierSettings> tiers) {
    /** The most tiers of a vault. */
    public static final int TIERS_MAX = 9;

    /** Nothing was stored: the vault is where it was opened. */
    public static final TierList NONE = new TierList(0, List.of());

    /** Refuses two tiers in one place. */
    public TierList {
        tiers = List.copyOf(tiers);
        List<String> places = new ArrayList<>();
        tiers.forEach(tier -> places.addAll(tier.places()));
        if (places.stream().distinct().count() != places.size()) {
            throw new IllegalArgumentException("two tiers share a place: " + places);
        }
        if (tiers.size() > TIERS_MAX) {
            throw new IllegalArgumentException("more than " + TIERS_MAX + " tiers");
        }
    }
}
