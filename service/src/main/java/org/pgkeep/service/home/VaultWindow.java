package org.pgkeep.service.home;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.tier.TierSettings;

/**
 * Opens a vault to look into it, beside a service or without one: wherever its places are, and in a
 * later tier where the first one is lost. Makes nothing, and leaves the home as it is.
 */
public final class VaultWindow {
    private final Home home;
    private final PlaceOpener places;
    private final TierStores stores;
    private final SecureRandom random;
    private final InstantSource clock;

    public VaultWindow(
            Home home,
            PlaceOpener places,
            TierStores stores,
            SecureRandom random,
            InstantSource clock) {
        this.home = home;
        this.places = places;
        this.stores = stores;
        this.random = random;
        this.clock = clock;
    }

    /** Whether the home knows of a vault. */
    public static boolean isKnown(Home home) {
        return Home.isThere(home.vault()) || !new HomeTiers(home).read().isEmpty();
    }

    /**
     * Opens it.
     *
     * @param addresses the places of one of its tiers; none for those that the home knows
     * @throws Failure WRONG_PLACE if there is no vault; BAD_ARGUMENT, WRONG_KEY and as the places
     *     say
     */
    public Vault open(List<String> addresses, VaultKey key) {
        return Vault.open(stores.open(tier(addresses)).store(), key, random, clock);
    }

    /**
     * The places of the tier that {@link #open} opens.
     *
     * @throws Failure as {@link #open}
     */
    public List<String> places(List<String> addresses) {
        return tier(addresses).places();
    }

    private TierSettings tier(List<String> addresses) {
        List<TierSettings> tiers =
                addresses.isEmpty()
                        ? known()
                        : List.of(
                                stores.told(
                                        addresses.stream()
                                                .map(text -> PlaceAddress.parse(text).text())
                                                .toList(),
                                        Optional.empty()));
        List<Failure> away = new ArrayList<>();
        for (TierSettings tier : tiers) {
            if (tier.places().stream().anyMatch(place -> holdsVault(place, away))) {
                return tier;
            }
        }
        if (!away.isEmpty()) {
            throw away.getFirst();
        }
        throw new Failure(
                Code.WRONG_PLACE,
                "there is no vault in "
                        + (tiers.isEmpty()
                                ? home.vault()
                                : String.join(", ", tiers.getFirst().places())),
                "name its place with --vault, one of each of its locations if it has several");
    }

    /** The vault in the home first: there a list of tiers only tells of what is elsewhere. */
    private List<TierSettings> known() {
        List<TierSettings> tiers = new ArrayList<>(new HomeTiers(home).read());
        if (Home.isThere(home.vault())) {
            String here = PlaceAddress.of(home.vault()).text();
            tiers.addFirst(TierSettings.local("tier1", here));
        }
        return tiers;
    }

    private boolean holdsVault(String address, List<Failure> away) {
        try {
            return Vault.exists(places.open(PlaceAddress.parse(address)));
        } catch (Failure failure) {
            away.add(failure);
            return false;
        }
    }
}
