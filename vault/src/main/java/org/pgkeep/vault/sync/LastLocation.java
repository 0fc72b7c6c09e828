package org.pgkeep.vault.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Copies;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * A store of several locations, for those who only read: what none of the locations that answer has
 * counts as not there, though one that is away may have it. A zone itself says then that it does
 * not know, since a writer must not be told "there is none". Whoever restores from the one location
 * that is left has nobody else to ask: each location alone is a whole vault.
 */
public final class LastLocation implements ObjectStore, Copies {
    private final ObjectStore zone;
    private final Supplier<List<ObjectStore>> answering;

    /**
     * A view of a store.
     *
     * @param zone the store
     * @param answering its locations that are not known to be away
     */
    public LastLocation(ObjectStore zone, Supplier<List<ObjectStore>> answering) {
        this.zone = zone;
        this.answering = answering;
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
        try {
            return read.apply(zone);
        } catch (Failure unknown) {
            if (unknown.code() != Code.STORE_UNAVAILABLE) {
                throw unknown;
            }
            List<Optional<byte[]>> answers = new ArrayList<>();
            for (ObjectStore location : answering.get()) {
                try {
                    answers.add(read.apply(location));
                } catch (Failure away) {
                    if (away.code() == Code.INTERRUPTED) {
                        throw away;
                    }
                }
            }
            if (answers.isEmpty() || answers.stream().anyMatch(Optional::isPresent)) {
                throw unknown;
            }
            return Optional.empty();
        }
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return zone.list(prefix);
    }

    @Override
    public List<String> folders(String prefix) {
        return zone.folders(prefix);
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return zone.putIfAbsent(name, content);
    }

    @Override
    public void delete(ObjectName name) {
        zone.delete(name);
    }

    @Override
    public boolean heal(ObjectName name, Predicate<byte[]> isGood) {
        return zone instanceof Copies copies && copies.heal(name, isGood);
    }

    @Override
    public String location() {
        return zone.location();
    }
}
