package org.pgkeep.vault.sync;

import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * All tiers of a vault seen as one, for reading: what the first tier lacks is taken from the next.
 * So a backup that only a later tier still has can be restored as any other, and so can one whose
 * objects are damaged in the first. What is written and deleted goes to the first tier.
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
        return first().putIfAbsent(name, content);
    }

    @Override
    public void delete(ObjectName name) {
        first().delete(name);
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return read(store -> store.get(name));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return read(store -> store.range(name, offset, length));
    }

    private Optional<byte[]> read(Function<ObjectStore, Optional<byte[]>> read) {
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
        return Optional.empty();
    }

    /** What any tier lists that answers; a tier that is away hides only what it alone has. */
    @Override
    public List<StoredObject> list(String prefix) {
        TreeMap<ObjectName, StoredObject> found = new TreeMap<>();
        @Nullable Failure away = null;
        int answers = 0;
        for (ObjectStore store : tiers.get()) {
            try {
                store.list(prefix).forEach(object -> found.putIfAbsent(object.name(), object));
                answers++;
            } catch (Failure failure) {
                if (failure.code() == Code.INTERRUPTED) {
                    throw failure;
                }
                away = away == null ? failure : away;
            }
        }
        if (answers == 0 && away != null) {
            throw away;
        }
        return List.copyOf(found.values());
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
