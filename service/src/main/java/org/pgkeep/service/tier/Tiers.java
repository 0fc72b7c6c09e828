package org.pgkeep.service.tier;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.home.TierStores;
import org.pgkeep.service.home.TierStores.OpenTier;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.copy.CopyCheck;
import org.pgkeep.vault.copy.LocationHealth;
import org.pgkeep.vault.copy.SnapshotNeeds;
import org.pgkeep.vault.copy.StillToCopy;
import org.pgkeep.vault.copy.ZoneRepair;
import org.pgkeep.vault.sync.AllTiers;
import org.pgkeep.vault.sync.TierSync;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vault's tiers, open. One thread of its own repairs zones, copies to paired regions and
 * synchronises tiers; the list of tiers changes under this object's lock and is read without it.
 */
public final class Tiers implements StillToCopy, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tiers.class);

    /** What was just stored is at the paired region this much later, when the region answers. */
    private static final Duration ROUND = Duration.ofSeconds(2);

    /** Listings cost money at some places: tiers are compared once a minute. */
    private static final Duration SYNC_EVERY = Duration.ofMinutes(1);

    /** A location that lacks something is looked after as often; */
    private static final Duration REPAIR_EVERY = Duration.ofSeconds(20);

    /** and all locations are compared every hour. */
    private static final Duration COMPARE_EVERY = Duration.ofHours(1);

    private final Vault vault;
    private final TierStores stores;
    private final Function<ObjectStore, Vault> opener;
    private final Consumer<List<TierSettings>> remember;
    private final InstantSource clock;
    private final OpenTier first;
    private final List<Later> later = new CopyOnWriteArrayList<>();
    private final Vault reading;
    private final Vault everywhere;
    private final Thread thread;

    /** As the vault has it; empty before a list was stored. */
    private volatile List<TierSettings> listing;

    private volatile boolean ending;
    private volatile boolean woken;
    private volatile Runnable hourly = () -> {};

    /** A tier that is copied to. The vault in it is guarded by this object. */
    public static final class Later {
        private final OpenTier tier;
        private final TierSync sync;
        private final Function<ObjectStore, Vault> opener;
        private final ReentrantLock copying = new ReentrantLock();
        private Optional<Vault> vault = Optional.empty();

        private Later(OpenTier tier, TierSync sync, Function<ObjectStore, Vault> opener) {
            this.tier = tier;
            this.sync = sync;
            this.opener = opener;
        }

        /** Its stores. */
        public OpenTier tier() {
            return tier;
        }

        /** What copies to it. */
        public TierSync sync() {
            return sync;
        }

        /** Held while objects are copied to it, or swept from it: never both. */
        public Lock copying() {
            return copying;
        }

        /** The vault as this tier holds it; opened at the first use. */
        public synchronized Vault open() {
            if (vault.isEmpty()) {
                vault = Optional.of(opener.apply(tier.store()));
            }
            return vault.get();
        }

        /** The ids of an archive's snapshots that the last comparison found in it. */
        public Set<String> compared(ArchiveId archive) {
            String prefix = Names.archive(archive) + "snapshots/";
            return sync.status().snapshots().stream()
                    .map(ObjectName::text)
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()))
                    .collect(Collectors.toCollection(HashSet::new));
        }

        private void copy(CopyCheck check, BooleanSupplier cancelled) {
            // whoever sweeps there does not wait for us, nor we for them: there is a next round
            if (copying.tryLock()) {
                try {
                    sync.pass(check, TierSync.Listener.NONE, cancelled);
                } finally {
                    copying.unlock();
                }
            }
        }
    }

    /**
     * The tiers of a vault.
     *
     * @param vault at its first tier
     * @param first that tier
     * @param opener opens the same vault at another store
     * @param remember notes the list in the home whenever it changes
     */
    public Tiers(
            Vault vault,
            OpenTier first,
            TierStores stores,
            Function<ObjectStore, Vault> opener,
            Consumer<List<TierSettings>> remember,
            InstantSource clock) {
        this.vault = vault;
        this.first = first;
        this.stores = stores;
        this.opener = opener;
        this.remember = remember;
        this.clock = clock;
        reading = first.zone().isEmpty() ? vault : opener.apply(first.reading());
        everywhere = opener.apply(new AllTiers(this::storesInOrder));
        listing = vault.tiers().tiers();
        for (int i = 1; i < listing.size(); i++) {
            later.add(later(stores.open(listing.get(i))));
        }
        thread = Thread.ofPlatform().name("tiers").unstarted(this::live);
    }

    private Later later(OpenTier tier) {
        return new Later(
                tier,
                new TierSync(
                        first.store(),
                        tier.store(),
                        clock,
                        stores.events(),
                        SnapshotNeeds.in(vault)),
                opener);
    }

    private List<ObjectStore> storesInOrder() {
        List<ObjectStore> all = new ArrayList<>();
        all.add(first.reading());
        later.forEach(each -> all.add(each.tier().reading()));
        return all;
    }

    /**
     * Begins the work in the background.
     *
     * @param scrubWhenDue called every hour
     */
    public void start(Runnable scrubWhenDue) {
        hourly = scrubWhenDue;
        thread.start();
    }

    /** The vault, reading from whichever tier has what is asked for. */
    public Vault everywhere() {
        return everywhere;
    }

    /** The vault as the first tier holds it, for who only reads: one location is enough. */
    public Vault reading() {
        return reading;
    }

    /** The first tier. */
    public OpenTier first() {
        return first;
    }

    /** The other tiers, in their order. */
    public List<Later> later() {
        return List.copyOf(later);
    }

    /** All tiers, in their order. */
    public List<OpenTier> all() {
        List<OpenTier> all = new ArrayList<>();
        all.add(first);
        later.forEach(each -> all.add(each.tier()));
        return all;
    }

    /**
     * The vault as one tier holds it, where one is asked for; else everywhere.
     *
     * @throws Failure {@code BAD_ARGUMENT} if there is no such tier
     */
    public Vault at(Optional<Integer> number) {
        return number.map(this::at).orElse(everywhere);
    }

    /**
     * The vault as one tier holds it, for who only reads.
     *
     * @throws Failure {@code BAD_ARGUMENT} if there is no such tier
     */
    public Vault at(int number) {
        if (number == 1) {
            return reading;
        }
        return laterOf(number).open();
    }

    /**
     * A tier behind the first.
     *
     * @throws Failure {@code BAD_ARGUMENT} if there is no such tier
     */
    public Later laterOf(int number) {
        checkLater(number);
        return later.get(number - 2);
    }

    /** What a tier is, as the vault has it. */
    public TierSettings settings(int number) {
        List<TierSettings> known = listing;
        return number <= known.size() ? known.get(number - 1) : all().get(number - 1).settings();
    }

    /** Tells good copies from bad ones with the vault's keys. */
    public CopyCheck check() {
        return (name, bytes) ->
                vault.isWhole(name, bytes)
                        .map(whole -> whole ? CopyCheck.Verdict.GOOD : CopyCheck.Verdict.BAD)
                        .orElse(CopyCheck.Verdict.UNKNOWN);
    }

    /**
     * Adds a tier at the end; it is filled from the first one.
     *
     * @throws Failure {@code WRONG_PLACE} when its places hold something else
     */
    public synchronized void add(TierSettings settings, UUID zone) {
        TierList list = listed();
        List<TierSettings> next = new ArrayList<>(list.tiers());
        next.add(settings);
        try {
            new TierList(list.version(), next);
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT, String.valueOf(e.getMessage()), "choose other places", e);
        }
        OpenTier tier = stores.make(settings, zone);
        for (ObjectStore place : tier.places()) {
            boolean foreign =
                    !place.list("vault/").isEmpty()
                            && tier.store()
                                    .get(new ObjectName("vault/00000001.json"))
                                    .filter(there ->
                                            vault.isWhole(
                                                            new ObjectName("vault/00000001.json"),
                                                            there)
                                                    .orElse(false))
                                    .isEmpty();
            if (foreign) {
                throw new Failure(
                        Code.WRONG_PLACE,
                        place.location() + " holds another vault",
                        "choose an empty place");
            }
        }
        listing = vault.putTiers(list, next).tiers();
        remember.accept(next);
        later.add(later(tier));
        LOG.info("tier {} added: {}", next.size(), tier.store().location());
        wake();
    }

    /** Takes a tier off the list; what is in it stays there, whole. */
    public synchronized void detach(int number) {
        checkLater(number);
        TierList list = listed();
        List<TierSettings> next = new ArrayList<>(list.tiers());
        next.remove(number - 1);
        listing = vault.putTiers(list, next).tiers();
        remember.accept(next);
        later.remove(number - 2);
        LOG.info("tier {} detached", number);
    }

    /** The list in the vault; before one was stored, the first tier alone. */
    private TierList listed() {
        TierList list = vault.tiers();
        return list.tiers().isEmpty()
                ? new TierList(list.version(), List.of(first.settings()))
                : list;
    }

    private void checkLater(int number) {
        if (number < 2 || number > later.size() + 1) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    number == 1
                            ? "tier 1 is where everything is written first"
                            : "there is no tier " + number,
                    "see them with: pgkeep vault tier list");
        }
    }

    @Override
    public boolean isNeeded(ObjectName name) {
        return later.stream().anyMatch(each -> each.sync().isNeeded(name));
    }

    /** Lets the next round begin at once, and compare everything. */
    public void wake() {
        synchronized (thread) {
            woken = true;
            thread.notifyAll();
        }
    }

    private void live() {
        Instant nextSync = Instant.MIN;
        Instant nextRepair = Instant.MIN;
        Instant nextCompare = Instant.MIN;
        Instant nextHour = Instant.MIN;
        while (!ending) {
            Instant now = clock.instant();
            boolean all = takeWoken();
            for (OpenTier tier : all()) {
                tier.geo().ifPresent(geo -> quietly("copying to the paired region", geo::copy));
            }
            boolean compare = all || !now.isBefore(nextCompare);
            if (compare || !now.isBefore(nextRepair)) {
                boolean complete = true;
                for (OpenTier tier : all()) {
                    complete &= repair(tier, compare);
                }
                nextRepair = now.plus(REPAIR_EVERY);
                nextCompare = compare && complete ? now.plus(COMPARE_EVERY) : nextCompare;
            }
            if (all || !now.isBefore(nextSync)) {
                for (Later each : later) {
                    quietly(
                            "copying to " + each.tier().store().location(),
                            () -> each.copy(check(), () -> ending));
                }
                nextSync = now.plus(SYNC_EVERY);
            }
            if (!now.isBefore(nextHour)) {
                quietly("looking whether a scrub is due", hourly);
                nextHour = now.plus(COMPARE_EVERY);
            }
            pause();
        }
    }

    /** Whether all locations of the tier are in line, as far as is known. */
    private boolean repair(OpenTier tier, boolean compare) {
        if (tier.zone().isEmpty()) {
            return true;
        }
        boolean behind =
                tier.zone().get().health().stream()
                        .anyMatch(each -> each.state() != LocationHealth.State.GOOD);
        if (!compare && !behind) {
            return true;
        }
        boolean[] complete = {false};
        quietly(
                "comparing locations",
                () -> {
                    ZoneRepair.Outcome outcome = tier.zone().get().repair().pass(check());
                    complete[0] = outcome.complete();
                    if (outcome.copied() > 0 || outcome.deleted() > 0) {
                        LOG.info(
                                "locations of {} brought into line: {} copies made, {} deletions"
                                        + " ended",
                                tier.settings().name(),
                                outcome.copied(),
                                outcome.deleted());
                    }
                });
        return complete[0];
    }

    private void quietly(String what, Runnable work) {
        try {
            work.run();
        } catch (Failure failure) {
            if (!ending) {
                LOG.warn("{}: {}", what, failure.message());
            }
        } catch (RuntimeException bug) {
            LOG.error("{} failed", what, bug);
        }
    }

    private boolean takeWoken() {
        synchronized (thread) {
            boolean was = woken;
            woken = false;
            return was;
        }
    }

    private void pause() {
        synchronized (thread) {
            try {
                if (!woken && !ending) {
                    thread.wait(ROUND.toMillis());
                }
            } catch (InterruptedException e) {
                ending = true;
            }
        }
    }

    /** How the places of a tier are, in words. */
    public Optional<String> trouble() {
        List<String> words = new ArrayList<>();
        for (OpenTier tier : all()) {
            tier.zone()
                    .ifPresent(zone ->
                            zone.health().stream()
                                    .filter(each -> each.state() != LocationHealth.State.GOOD)
                                    .forEach(each ->
                                            words.add(
                                                    "location "
                                                            + each.number()
                                                            + " of "
                                                            + tier.settings().name()
                                                            + (each.state()
                                                                            == LocationHealth.State
                                                                                    .AWAY
                                                                    ? " is away"
                                                                    : " lacks "
                                                                            + each.lacking()
                                                                            + " objects"))));
        }
        return words.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", words));
    }

    @Override
    public void close() {
        ending = true;
        synchronized (thread) {
            thread.notifyAll();
        }
        if (thread.isAlive()) {
            try {
                thread.join(Duration.ofSeconds(30));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
