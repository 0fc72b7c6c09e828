package org.pgkeep.service.home;

import java.util.List;
import java.util.Optional;

/**
 * What the one who starts a service says about the vault's places.
 *
 * @param places addresses of the first tier's locations; empty for what the home knows
 * @param redundancy of the first tier: local, zone or geo; empty for what the number of places says
 * @param promote the tier that is to be the first one from now on, because the first one is lost
 */
public record VaultWish(
        List<String> places, Optional<String> redundancy, Optional<Integer> promote) {
    /** Whatever the home knows. */
    public static final VaultWish NONE =
            new VaultWish(List.of(), Optional.empty(), Optional.empty());

    /** Copies the list. */
    public VaultWish {
        places = List.copyOf(places);
    }
}
