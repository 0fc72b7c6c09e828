package org.pgkeep.vault;

import java.util.List;
import java.util.Optional;

/** Passes everything on; tests override what shall go wrong. */
class ForwardingStore implements ObjectStore {
    private final ObjectStore to;

    ForwardingStore(ObjectStore to) {
        this.to = to;
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return to.putIfAbsent(name, content);
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return to.get(name);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return to.range(name, offset, length);
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return to.list(prefix);
    }

    @Override
    public void delete(ObjectName name) {
        to.delete(name);
    }

    @Override
    public String location() {
        return to.location();
    }
}
