package org.pgkeep.vault;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * A store seen without the forms of its objects ({@link Forms}): each is there once, under its own
 * name. Where the keys have but one generation this passes everything on. Sealed bytes are not to
 * be read through it, since a seal vouches for the form's name: see {@link SealedStore}.
 */
final class OwnNames implements ObjectStore {
    private final ObjectStore raw;
    private final KeySafe safe;
    private final boolean complete;

    /** Lists what can be listed now, or nothing but complete listings. */
    OwnNames(ObjectStore raw, KeySafe safe, boolean complete) {
        this.raw = raw;
        this.safe = safe;
        this.complete = complete;
    }

    /**
     * Stores an object unless the name is taken, or was taken before the object that had it was
     * sealed anew. That is looked for twice: a form may come between the first look and the put,
     * and then what was just put is superfluous.
     */
    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return unlessLater(name, () -> raw.putIfAbsent(name, content));
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] buffer, int length) {
        return unlessLater(name, () -> raw.putIfAbsent(name, buffer, length));
    }

    private PutOutcome unlessLater(ObjectName name, Supplier<PutOutcome> put) {
        List<ObjectName> later = later(name);
        if (anyStored(later)) {
            return PutOutcome.EXISTS;
        }
        PutOutcome outcome = put.get();
        if (outcome == PutOutcome.CREATED && anyStored(later)) {
            raw.delete(name);
            return PutOutcome.EXISTS;
        }
        return outcome;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return SealedStore.firstOf(forms(name), raw::get);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return SealedStore.firstOf(forms(name), form -> raw.range(form, offset, length));
    }

    /**
     * The objects by their own names, with the bytes of the form that is read. Forms are known by
     * their names alone: whoever has not heard of a rotation yet must not take an object that was
     * sealed anew for one that is gone.
     */
    @Override
    public List<StoredObject> list(String prefix) {
        return byOwnNames(complete ? raw.listComplete(prefix) : raw.list(prefix));
    }

    @Override
    public List<StoredObject> listComplete(String prefix) {
        return byOwnNames(raw.listComplete(prefix));
    }

    private static List<StoredObject> byOwnNames(List<StoredObject> stored) {
        if (stored.stream().allMatch(object -> Forms.own(object.name()).equals(object.name()))) {
            return stored;
        }
        Map<ObjectName, StoredObject> once = new TreeMap<>();
        for (StoredObject object : stored) {
            ObjectName own = Forms.own(object.name());
            once.putIfAbsent(own, new StoredObject(own, object.bytes()));
        }
        return List.copyOf(once.values());
    }

    @Override
    public List<String> folders(String prefix) {
        return complete ? ObjectStore.super.folders(prefix) : raw.folders(prefix);
    }

    /** Removes every form, in the order in which readers look: a crash leaves the newest. */
    @Override
    public void delete(ObjectName name) {
        forms(name).forEach(raw::delete);
    }

    @Override
    public String location() {
        return raw.location();
    }

    private List<ObjectName> forms(ObjectName own) {
        return Forms.all(own, safe.ring().generations());
    }

    private List<ObjectName> later(ObjectName own) {
        List<ObjectName> all = forms(own);
        return all.subList(1, all.size());
    }

    private boolean anyStored(List<ObjectName> names) {
        return names.stream().anyMatch(name -> raw.range(name, 0, 1).isPresent());
    }
}
