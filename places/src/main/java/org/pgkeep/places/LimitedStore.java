package org.pgkeep.places;

import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * A store whose objects come and go at a limited rate.
 *
 * @param store where they are
 * @param upload what goes there; empty for no limit
 * @param download what comes from there; empty for no limit
 */
record LimitedStore(ObjectStore store, Optional<Bandwidth> upload, Optional<Bandwidth> download)
        implements ObjectStore {
    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        take(upload, content.length);
        return store.putIfAbsent(name, content);
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        take(download, 0);
        return paid(store.get(name));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        take(download, 0);
        return paid(store.range(name, offset, length));
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return store.list(prefix);
    }

    @Override
    public List<String> folders(String prefix) {
        return store.folders(prefix);
    }

    @Override
    public void delete(ObjectName name) {
        store.delete(name);
    }

    @Override
    public String location() {
        return store.location();
    }

    /** How much came is known only now: whoever reads next waits for it. */
    private Optional<byte[]> paid(Optional<byte[]> read) {
        download.ifPresent(limit -> limit.book(read.map(bytes -> bytes.length).orElse(0)));
        return read;
    }

    private void take(Optional<Bandwidth> limit, int bytes) {
        try {
            if (limit.isPresent()) {
                limit.get().take(bytes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED,
                    "the work was cancelled while waiting for bandwidth to " + location(),
                    "start it again",
                    e);
        }
    }
}
