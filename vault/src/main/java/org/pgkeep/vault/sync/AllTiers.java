package org.pgkeep.vault.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.Names;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * All tiers of a vault seen as one, for reading: what the first tier lacks is taken from the next.
 * So a backup that only a later tier still has can be restored as any other, and so can one whose
 * objects are damaged in the first.
 *
 * <p>Deletions are each tier's own: a snapshot counts as deleted here when every tier that has it
 * says so. What is written and deleted goes to the first tier, save leases, which tell each tier's
 * sweep that somebody reads.
 */
public final class AllTiers implements ObjectStore, Copies {
    private final Supplier<List<ObjectStore>> tiers;

    /**
     * The tiers together.
     *
     * @param tiers in their order, at least one; asked each time
     */
    public AllTiers(Supplier<List<ObjectStore>> tiers) {
        this.tiers = tiers;
    }

    private ObjectStore first() {
        return tiers.get().getFirst();
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        if (!isLease(name)) {
            return first().putIfAbsent(name, content);
        }
        List<PutOutcome> done = atEach(store -> store.putIfAbsent(name, content));
        return done.contains(PutOutcome.EXISTS) ? PutOutcome.EXISTS : PutOutcome.CREATED;
    }

    @Override
    public void delete(ObjectName name) {
        if (!isLease(name)) {
            first().delete(name);
            return;
        }
        List<Boolean> _ =
                atEach(store -> {
                    store.delete(name);
                    return true;
                });
    }

    private static boolean isLease(ObjectName name) {
        return name.text().startsWith(Names.LEASES_PREFIX);
    }

    /** Does something at each tier that answers; at least one has to. */
    private <T> List<T> atEach(Function<ObjectStore, T> work) {
        List<T> done = new ArrayList<>();
        @Nullable Failure away = null;
        for (ObjectStore store : tiers.get()) {
            try {
                done.add(work.apply(store));
            } catch (Failure failure) {
                if (failure.code() == Code.INTERRUPTED) {
                    throw failure;
                }
                away = away == null ? failure : away;
            }
        }
        if (done.isEmpty() && away != null) {
            throw away;
        }
        return done;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return read(name, store -> store.get(name));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return read(name, store -> store.range(name, offset, length));
    }

    private Optional<byte[]> read(ObjectName name, Function<ObjectStore, Optional<byte[]>> read) {
        return isTombstone(name) && !isBuried(name) ? Optional.empty() : readAny(name, read);
    }

    /** One that no tier has as an object, but that counts: see {@link #unbury}. */
    private boolean isBuried(ObjectName tombstone) {
        String text = tombstone.text();
        ObjectName whole = Names.wholeArchive(text.substring(0, text.lastIndexOf('/') + 1));
        boolean mayBe =
                atEach(store ->
                                store.range(tombstone, 0, 1).isPresent()
                                        || store.range(whole, 0, 1).isPresent())
                        .contains(true);
        return mayBe && list(text).stream().anyMatch(each -> each.name().equals(tombstone));
    }

    private Optional<byte[]> readAny(
            ObjectName name, Function<ObjectStore, Optional<byte[]>> read) {
        @Nullable Failure away = null;
        for (ObjectStore store : tiers.get()) {
            try {
                Optional<byte[]> found = read.apply(store);
                if (found.isPresent()) {
                    return found;
                }
            } catch (Failure failure) {
                if (failure.code() == Code.INTERRUPTED) {
                    throw failure;
                }
                away = away == null ? failure : away;
            }
        }
        if (away != null) {
            throw away;
        }
        // that it is there is all that is asked of a tombstone
        return isTombstone(name) ? Optional.of(new byte[0]) : Optional.empty();
    }

    private static boolean isTombstone(ObjectName name) {
        return name.text().startsWith(Names.TOMBSTONES_PREFIX);
    }

    /** What any tier lists that answers; a tier that is away hides only what it alone has. */
    @Override
    public List<StoredObject> list(String prefix) {
        TreeMap<ObjectName, StoredObject> found = new TreeMap<>();
        for (List<StoredObject> listing : atEach(store -> store.list(prefix))) {
            listing.forEach(object -> found.putIfAbsent(object.name(), object));
        }
        Set<String> buried = new TreeSet<>();
        String[] asked = prefix.split("/", -1);
        if (prefix.startsWith(Names.TOMBSTONES_PREFIX) && asked.length > 2) {
            buried.add(asked[1]);
        }
        for (ObjectName name : found.keySet()) {
            if (isTombstone(name)) {
                buried.add(name.text().split("/", -1)[1]);
            }
        }
        buried.forEach(archive -> unbury(archive, prefix, found));
        return List.copyOf(found.values());
    }

    /** Takes away the tombstones of what another tier still has, whole. */
    private void unbury(String archive, String prefix, Map<ObjectName, StoredObject> found) {
        record Tier(Set<ObjectName> snapshots, Burials burials) {}
        List<Tier> all =
                atEach(store -> {
                    Set<ObjectName> snapshots = new TreeSet<>();
                    // the tombstones behind what they bury, as everywhere
                    store.list(Names.ARCHIVES_PREFIX + archive + "/snapshots/")
                            .forEach(object -> snapshots.add(Forms.own(object.name())));
                    List<ObjectName> tombstones =
                            store.list(Names.TOMBSTONES_PREFIX + archive + "/").stream()
                                    .map(StoredObject::name)
                                    .toList();
                    return new Tier(snapshots, Burials.among(tombstones));
                });
        Set<ObjectName> living = new TreeSet<>();
        Set<ObjectName> dead = new TreeSet<>();
        for (Tier tier : all) {
            for (ObjectName snapshot : tier.snapshots()) {
                (tier.burials().bury(snapshot) ? dead : living).add(snapshot);
            }
        }
        if (living.isEmpty()) {
            return;
        }
        found.keySet()
                .removeIf(name ->
                        isTombstone(name)
                                && name.text().split("/", -1)[1].equals(archive)
                                && (Names.buriesArchive(name)
                                        || living.stream()
                                                .map(Burials::tombstone)
                                                .anyMatch(name::equals)));
        // those of an archive that one tier has buried as a whole
        dead.removeAll(living);
        for (ObjectName snapshot : dead) {
            ObjectName name = Burials.tombstone(snapshot);
            if (name.text().startsWith(prefix)) {
                found.putIfAbsent(name, new StoredObject(name, 0));
            }
        }
    }

    /** Heals in each tier; where a tier has no good copy, one of another tier takes its place. */
    @Override
    public boolean heal(ObjectName name, Predicate<byte[]> isGood) {
        Optional<byte[]> good = Optional.empty();
        for (ObjectStore store : tiers.get()) {
            good = good.or(() -> goodOne(store, name, isGood));
        }
        if (good.isEmpty()) {
            return false;
        }
        for (ObjectStore store : tiers.get()) {
            if (goodOne(store, name, isGood).isEmpty()) {
                replace(store, name, good.get());
            }
        }
        return true;
    }

    private static Optional<byte[]> goodOne(
            ObjectStore store, ObjectName name, Predicate<byte[]> isGood) {
        try {
            Optional<byte[]> there = store.get(name);
            if (there.isPresent() && there.filter(isGood).isEmpty()) {
                boolean healed = store instanceof Copies copies && copies.heal(name, isGood);
                return healed ? store.get(name).filter(isGood) : Optional.empty();
            }
            return there;
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
            return Optional.empty();
        }
    }

    /** Only what is there and bad is replaced: what a tier does not have, it may have dropped. */
    private static void replace(ObjectStore store, ObjectName name, byte[] good) {
        try {
            if (store.get(name).isPresent()) {
                store.delete(name);
                store.putIfAbsent(name, good);
            }
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
        }
    }

    @Override
    public String location() {
        return first().location();
    }
}
