package org.pgkeep.engine.capture;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/** A store that counts what it is asked, and fails puts when told to. */
public final class CountingStore implements ObjectStore {
    private final ObjectStore store;
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger puts = new AtomicInteger();
    private volatile int failFrom = Integer.MAX_VALUE;
    private volatile boolean away;

    public CountingStore(ObjectStore store) {
        this.store = store;
    }

    /** Everything it was asked so far. */
    public int calls() {
        return calls.get();
    }

    /** The put with that number from now on, and all behind it, fail. */
    void failPutsFrom(int number) {
        puts.set(0);
        failFrom = number;
    }

    /** Nothing is answered, or all is again. */
    public void away(boolean isAway) {
        away = isAway;
    }

    private void called() {
        calls.incrementAndGet();
        if (away) {
            throw new Failure(Code.STORE_UNAVAILABLE, "the store is away", "bring it back");
        }
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        called();
        if (puts.incrementAndGet() >= failFrom) {
            throw new Failure(Code.STORE_UNAVAILABLE, "a put fails", "try again");
        }
        return store.putIfAbsent(name, content);
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        called();
        return store.get(name);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        called();
        return store.range(name, offset, length);
    }

    @Override
    public List<StoredObject> list(String prefix) {
        called();
        return store.list(prefix);
    }

    @Override
    public List<String> folders(String prefix) {
        called();
        return store.folders(prefix);
    }

    @Override
    public void delete(ObjectName name) {
        called();
        store.delete(name);
    }

    @Override
    public String location() {
        return store.location();
    }
}
