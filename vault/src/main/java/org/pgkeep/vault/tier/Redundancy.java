package org.pgkeep.vault.tier;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How often a tier keeps each object. */
public enum Redundancy {
    /** In one location. */
    LOCAL(1),
    /** In three locations: committed by two, and any one is enough to restore. */
    ZONE(3),
    /** In one location, and copied to a second one in a paired region afterwards. */
    GEO(2);

    private final int places;

    Redundancy(int places) {
        this.places = places;
    }

    /** How many locations a tier of this redundancy has. */
    public int places() {
        return places;
    }

    /** The word in documents and command lines, such as {@code zone}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The redundancy of that word; empty if there is none. */
    public static Optional<Redundancy> of(String word) {
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
    }
}
