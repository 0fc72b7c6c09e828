package org.pgkeep.vault.sweep;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;

/**
 * One look at a place, and the removal of what nothing needs.
 *
 * <p>The steps, and what a crash after each of them leaves:
 *
 * <ol>
 *   <li>tombstones: snapshots are gone from the lists, their bytes are there;
 *   <li>the look: packs, leases, snapshots are listed in this order, see {@link Reachability};
 *   <li>what is needed by nobody is written down, with the look that first saw it so;
 *   <li>what an earlier look saw so, longer ago than the grace period, and what no lease may still
 *       need, is removed: packs and logs before the documents that tell of them. A crash here
 *       leaves deleted snapshots that are half gone, which nobody reads and the next sweep
 *       finishes.
 * </ol>
 *
 * Nothing that is needed is ever touched, whatever is cut short: what goes was unneeded in two
 * looks, this one among them, and can't be needed again. A pack that no snapshot refers to could
 * only come to be needed by its own writer, who holds a lease that the first of the two looks saw;
 * while that lease lives, or until the look after the one that found it dead, the pack stays. So
 * two sweeps at once do no harm; a lease keeps them from doing work twice.
 *
 * <p>Memory: see {@link PackTable} and {@link SliceSet}; beside them one snapshot's tree at a time
 * and {@link #ITEMS_MAX} names. One thread's.
 */
public final class Sweep implements AutoCloseable {
    /** More than this many objects go in the next sweep. */
    static final int ITEMS_MAX = 100_000;

    /** So many names are written down before they are removed. */
    private static final int BATCH = 1000;

    /**
     * A lease is dead when so many looks in a row, each as long after the one before as a holder
     * may be silent, saw it unchanged. More than one, because one jump of the clock can fake one.
     */
    private static final int SILENT_LOOKS = 2;

    private final Vault vault;
    private final Leases leases;
    private final SweepSettings settings;
    private final Optional<HeldLease> lease;
    private final Optional<SweepState> before;
    private final List<String> troubles = new ArrayList<>();
    private final GraceClock clock;
    private final int look;

    private Sweep(
            Vault vault,
            InstantSource clock,
            SweepSettings settings,
            Supplier<Instant> proven,
            boolean dryRun) {
        this.vault = vault.withCompleteListings();
        this.leases = new Leases(this.vault, clock);
        this.settings = settings;
        this.lease = dryRun ? Optional.empty() : Optional.of(leases.takeForSweep());
        try {
            SweepState.Before newest = SweepState.newest(this.vault);
            this.before = newest.state();
            this.look = newest.number() + 1;
            newest.damage()
                    .ifPresent(damage ->
                            troubles.add(
                                    damage
                                            + "; it was the last sweep's look, so everything waits"
                                            + " for its grace period once more"));
            Instant now = clock.instant();
            this.clock =
                    before.map(state -> state.clock().look(now))
                            .orElseGet(() -> GraceClock.first(now, proven.get()));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Begins a sweep.
     *
     * @param proven a moment that has certainly passed; asked in the first sweep of a place only,
     *     since it may be dear to find
     * @throws org.pgkeep.failure.Failure IN_USE while another one works there
     */
    public static Sweep begin(
            Vault vault, InstantSource clock, SweepSettings settings, Supplier<Instant> proven) {
        return new Sweep(vault, clock, settings, proven, false);
    }

    /** Begins a sweep that touches nothing and tells what it would do. */
    public static Sweep rehearse(
            Vault vault, InstantSource clock, SweepSettings settings, Supplier<Instant> proven) {
        return new Sweep(vault, clock, settings, proven, true);
    }

    /** How much time is believed to have passed: what is deleted by age is to go by this. */
    public GraceClock clock() {
        return clock;
    }

    /** Looks, and removes what may go. Called once. */
    public SweepReport run(SweepPlan plan, SweepListener listener) {
        boolean dryRun = lease.isEmpty();
        if (!dryRun) {
            Tombstones tombstones = new Tombstones(vault);
            plan.burials().forEach(tombstones::bury);
        }
        listener.at("listing packs", 0, 0);
        Reachability reach =
                Reachability.of(
                        vault,
                        PackTable.list(vault.store()),
                        dryRun ? plan.burials() : List.of(),
                        listener);
        Map<UUID, SweepState.Seen> seen = seen(reach.leases());
        Unneeded unneeded = new Unneeded(vault, reach, plan);
        List<Unneeded.Found> found = unneeded.find(ITEMS_MAX);
        SortedMap<ObjectName, SweepState.Candidate> candidates = new TreeMap<>();
        List<SweepItem> items = new ArrayList<>();
        for (Unneeded.Found each : found) {
            SweepState.Candidate candidate = candidate(each);
            candidates.put(each.name(), candidate);
            items.add(item(each, candidate, reach, seen));
        }
        items.sort(Comparator.comparing(SweepItem::kind).thenComparing(SweepItem::name));
        if (!dryRun) {
            new SweepState(look, clock, seen, candidates).write(vault);
            remove(items.stream().filter(SweepItem::goes).toList(), listener);
            buryTheDead(reach.leases(), seen);
        }
        Optional<HeldLocks.Extended> locked =
                settings.locks()
                        .filter(locks -> !dryRun)
                        .map(locks -> locks.extend(needed(candidates.keySet()), clock.passed()));
        troubles.addAll(reach.troubles());
        reach.leases().stream()
                .filter(Lease::isUnreadable)
                .forEach(each ->
                        troubles.add(
                                "object "
                                        + Names.lease(each.id(), each.renewal())
                                        + " is damaged: nothing goes before it is renewed, or was"
                                        + " silent for "
                                        + SILENT_LOOKS
                                        + " sweeps "
                                        + Leases.SILENCE_MAX.toMinutes()
                                        + " minutes apart"));
        locked.flatMap(HeldLocks.Extended::trouble).ifPresent(troubles::add);
        return new SweepReport(
                dryRun,
                clock.passed(),
                plan.burials(),
                items,
                unneeded.hasMore(),
                locked.map(HeldLocks.Extended::until),
                troubles);
    }

    /** What somebody needs, as it stands; what tells of the place's own work is nobody's. */
    private List<ObjectName> needed(Set<ObjectName> unneeded) {
        return vault.storeAsItStands().list("").stream()
                .map(StoredObject::name)
                .filter(name -> !Names.isOfOnePlace(name))
                .filter(name -> !unneeded.contains(Forms.own(name)))
                .toList();
    }

    // ---- who lives

    private Map<UUID, SweepState.Seen> seen(List<Lease> listed) {
        Map<UUID, SweepState.Seen> seen = new TreeMap<>();
        Map<UUID, SweepState.Seen> earlier = before.map(SweepState::leases).orElseGet(HashMap::new);
        for (Lease each : listed) {
            SweepState.@Nullable Seen old = earlier.get(each.id());
            if (old == null) {
                seen.put(each.id(), new SweepState.Seen(look, each.renewal(), clock.passed(), 0));
            } else if (old.renewal() != each.renewal()) {
                int first = old.firstLook();
                seen.put(each.id(), new SweepState.Seen(first, each.renewal(), clock.passed(), 0));
            } else {
                boolean counts = !old.countedAt().plus(Leases.SILENCE_MAX).isAfter(clock.passed());
                seen.put(
                        each.id(),
                        counts
                                ? new SweepState.Seen(
                                        old.firstLook(),
                                        old.renewal(),
                                        clock.passed(),
                                        old.silentLooks() + 1)
                                : old);
            }
        }
        return seen;
    }

    /** A dead holder's lease goes in this look; what it kept, in a later one. */
    private void buryTheDead(List<Lease> listed, Map<UUID, SweepState.Seen> seen) {
        for (Lease each : listed) {
            SweepState.@Nullable Seen of = seen.get(each.id());
            if (of != null && of.silentLooks() >= SILENT_LOOKS) {
                leases.abandon(each);
            }
        }
    }

    // ---- what may go

    private SweepState.Candidate candidate(Unneeded.Found found) {
        return before.map(state -> state.candidates().get(found.name()))
                .filter(old -> old.why() == found.why())
                .orElseGet(() -> new SweepState.Candidate(found.why(), look, clock.passed()));
    }

    private SweepItem item(
            Unneeded.Found found,
            SweepState.Candidate candidate,
            Reachability reach,
            Map<UUID, SweepState.Seen> seen) {
        Instant until = candidate.since().plus(settings.grace());
        boolean atOnce = found.why() == SweepItem.Why.PURGED;
        Optional<Waits> waits;
        if (found.kind() == SweepItem.Kind.PACK && !reach.isCertain()) {
            waits = Optional.of(new Waits("it is not known what a damaged snapshot needs"));
        } else if (!atOnce && (candidate.firstLook() == look || until.isAfter(clock.passed()))) {
            waits = Optional.of(new Waits("the grace period", Optional.of(until)));
        } else {
            waits = waitsFor(found, candidate, reach, seen);
        }
        return new SweepItem(
                found.name(),
                found.bytes(),
                found.kind(),
                found.why(),
                waits.map(Waits::what),
                waits.flatMap(Waits::until));
    }

    /** What an object waits for, and until when, where that is known. */
    private record Waits(String what, Optional<Instant> until) {
        Waits(String what) {
            this(what, Optional.empty());
        }
    }

    private Optional<Waits> waitsFor(
            Unneeded.Found found,
            SweepState.Candidate candidate,
            Reachability reach,
            Map<UUID, SweepState.Seen> seen) {
        Optional<Waits> lived =
                reach.leases().stream()
                        .filter(each -> keeps(each, found, candidate, seen))
                        .map(each -> new Waits("a running " + Leases.word(each.purpose())))
                        .findFirst();
        if (lived.isPresent()) {
            return lived;
        }
        boolean purged = found.why() == SweepItem.Why.PURGED;
        if (!purged && settings.stillNeeded().test(found.name())) {
            return Optional.of(new Waits("another tier, which has still to copy it"));
        }
        boolean unreferenced = found.why() == SweepItem.Why.UNREFERENCED;
        if (unreferenced && settings.mayCome().test(found.name())) {
            return Optional.of(
                    new Waits("tier 1, which has it: a backup that needs it may still come"));
        }
        // a deletion under a lock frees nothing, and may hide what is there: ask before
        return settings.locks()
                .flatMap(locks -> locks.lockedUntil(found.name()))
                .filter(until -> until.isAfter(clock.seen()))
                .map(until -> new Waits("its lock", Optional.of(until)));
    }

    /**
     * Whether a lease may still need an object. A pack that nobody refers to may be its writer's,
     * if the writer lived when the pack was first seen. The snapshots it reads are needed anyway;
     * the log of an archive it works on stays.
     */
    private static boolean keeps(
            Lease lease,
            Unneeded.Found found,
            SweepState.Candidate candidate,
            Map<UUID, SweepState.Seen> seen) {
        if (lease.isUnreadable()) {
            return true;
        }
        if (found.kind() == SweepItem.Kind.PACK) {
            SweepState.@Nullable Seen of = seen.get(lease.id());
            return found.why() == SweepItem.Why.UNREFERENCED
                    && lease.purpose() == Lease.Purpose.SNAPSHOT
                    && of != null
                    && of.firstLook() <= candidate.firstLook();
        }
        return found.archive().filter(lease::concerns).isPresent();
    }

    // ---- removal

    private void remove(List<SweepItem> items, SweepListener listener) {
        if (!settings.keepsDropped()) {
            forgetDropped();
        }
        int done = 0;
        for (int from = 0; from < items.size(); from += BATCH) {
            List<SweepItem> batch = items.subList(from, Math.min(items.size(), from + BATCH));
            lease.ifPresent(HeldLease::renew);
            if (settings.keepsDropped()) {
                writeDropped(batch);
            }
            for (SweepItem item : batch) {
                listener.at("removing", done++, items.size());
                vault.store().delete(item.name());
            }
        }
    }

    private void forgetDropped() {
        for (StoredObject object : vault.store().list(Names.DROPPED_PREFIX)) {
            vault.store().delete(object.name());
        }
    }

    /**
     * Clear text, a name a line: those who copy from another place have no keys. The objects' own
     * names, which are those of whatever forms they come to have there.
     */
    private void writeDropped(List<SweepItem> batch) {
        StringBuilder text = new StringBuilder();
        for (SweepItem item : batch) {
            // without its tombstone a deleted snapshot that was never copied here would come
            ObjectName name = Tombstones.buried(item.name()).orElse(item.name());
            text.append(name).append('\n');
        }
        vault.store()
                .putIfAbsent(
                        Names.dropped(vault.newId()),
                        text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** Gives the lease back. */
    @Override
    public void close() {
        lease.ifPresent(HeldLease::close);
    }
}
