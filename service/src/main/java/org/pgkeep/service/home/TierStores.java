package org.pgkeep.service.home;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.LocationHealth;
import org.pgkeep.vault.copy.ZoneFounding;
import org.pgkeep.vault.copy.ZoneStore;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.LastLocation;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierSettings;

/** Puts the stores of a tier together from its places. */
public final class TierStores {
    private final PlaceOpener opener;
    private final InstantSource clock;
    private final CopyEvents events;

    public TierStores(PlaceOpener opener, InstantSource clock, CopyEvents events) {
        this.opener = opener;
        this.clock = clock;
        this.events = events;
    }

    /**
     * A tier that is open.
     *
     * @param settings what it is
     * @param store all of it
     * @param places its locations, each by itself
     * @param locks what keeps its objects from being deleted, where a place has that
     */
    public record OpenTier(
            TierSettings settings,
            ObjectStore store,
            List<ObjectStore> places,
            Optional<ObjectLock> locks) {
        /** Its store, if it has three locations. */
        public Optional<ZoneStore> zone() {
            return store instanceof ZoneStore zone ? Optional.of(zone) : Optional.empty();
        }

        /** Its store for who only reads: of a zone one location is enough. */
        public ObjectStore reading() {
            return zone().isEmpty()
                    ? store
                    : new LastLocation(
                            store,
                            () ->
                                    zone().stream()
                                            .flatMap(zone -> zone.health().stream())
                                            .filter(each ->
                                                    each.state() != LocationHealth.State.AWAY)
                                            .map(each -> places.get(each.number() - 1))
                                            .toList());
        }

        /** Its store, if it has a pair. */
        public Optional<GeoStore> geo() {
            return store instanceof GeoStore geo ? Optional.of(geo) : Optional.empty();
        }
    }

    /**
     * The tier that places make up: what one of them tells, else what their number says.
     *
     * @param addresses as {@link PlaceAddress#text} writes them
     * @throws Failure BAD_ARGUMENT
     */
    TierSettings told(List<String> addresses, Optional<String> redundancy) {
        if (addresses.size() == 1 && redundancy.isEmpty()) {
            // one place of a tier tells of the others
            ObjectStore place = opener.open(PlaceAddress.parse(addresses.getFirst()));
            for (TierSettings tier : Vault.tiersUnverified(place).tiers()) {
                if (tier.places().contains(addresses.getFirst())) {
                    return tier;
                }
            }
        }
        Redundancy wished = redundancy.map(TierStores::redundancy).orElseGet(() -> by(addresses));
        try {
            return new TierSettings(
                    "tier1", wished, addresses, TierKeep.AS_SERVERS, Optional.empty());
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    e.getMessage() + "",
                    "local takes one place, geo two, zone three; name each with --vault",
                    e);
        }
    }

    private static Redundancy redundancy(String word) {
        return Redundancy.of(word)
                .orElseThrow(() ->
                        new Failure(
                                Code.BAD_ARGUMENT,
                                "\"" + word + "\" is no redundancy",
                                "choose local, zone or geo"));
    }

    private static Redundancy by(List<String> addresses) {
        return switch (addresses.size()) {
            case 1 -> Redundancy.LOCAL;
            case 2 -> Redundancy.GEO;
            default -> Redundancy.ZONE;
        };
    }

    /** Opens a tier; nothing is asked of its places yet. */
    public OpenTier open(TierSettings settings) {
        List<ObjectStore> places =
                settings.places().stream().map(PlaceAddress::parse).map(opener::open).toList();
        return compose(settings, places);
    }

    /** Opens a tier whose places are new: folders are made, and places learn who they are. */
    public OpenTier make(TierSettings settings, UUID id) {
        List<ObjectStore> places =
                settings.places().stream().map(PlaceAddress::parse).map(opener::make).toList();
        if (places.size() == ZoneFounding.LOCATIONS) {
            ZoneFounding.found(places, id);
        }
        return compose(settings, places);
    }

    private OpenTier compose(TierSettings settings, List<ObjectStore> places) {
        ObjectStore store =
                switch (settings.redundancy()) {
                    case LOCAL -> places.getFirst();
                    case ZONE -> new ZoneStore(places, clock, events);
                    case GEO -> new GeoStore(places.get(0), places.get(1), clock, events);
                };
        List<ObjectLock> locks =
                settings.places().stream()
                        .map(PlaceAddress::parse)
                        .flatMap(place -> opener.lock(place).stream())
                        .toList();
        return new OpenTier(
                settings,
                store,
                places,
                locks.isEmpty() ? Optional.empty() : Optional.of(new PlaceLocks(locks)));
    }

    /** What happens to copies, in the log. */
    public CopyEvents events() {
        return events;
    }
}
