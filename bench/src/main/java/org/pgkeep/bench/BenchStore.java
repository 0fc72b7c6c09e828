package org.pgkeep.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/** A store without a disk: it keeps everything in memory, or lets go of packs at once. */
final class BenchStore implements ObjectStore {
    private static final String PACKS = "packs/";

    private final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
    private final boolean keepsPacks;

    BenchStore(boolean keepsPacks) {
        this.keepsPacks = keepsPacks;
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        if (!keepsPacks && name.text().startsWith(PACKS)) {
            return PutOutcome.CREATED;
        }
        return objects.putIfAbsent(name.text(), content) == null
                ? PutOutcome.CREATED
                : PutOutcome.EXISTS;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return Optional.ofNullable(objects.get(name.text()));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return get(name)
                .map(bytes -> {
                    int from = (int) Math.min(offset, bytes.length);
                    int to = (int) Math.min(offset + length, bytes.length);
                    return Arrays.copyOfRange(bytes, from, to);
                });
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return objects.tailMap(prefix).entrySet().stream()
                .takeWhile(each -> each.getKey().startsWith(prefix))
                .map(each ->
                        new StoredObject(new ObjectName(each.getKey()), each.getValue().length))
                .toList();
    }

    @Override
    public void delete(ObjectName name) {
        objects.remove(name.text());
    }

    @Override
    public String location() {
        return "memory";
    }
}
