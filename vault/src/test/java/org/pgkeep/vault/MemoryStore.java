package org.pgkeep.vault;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** A store in memory, for tests; its objects can be reached and spoiled. */
final class MemoryStore implements ObjectStore {
    final ConcurrentSkipListMap<ObjectName, byte[]> objects = new ConcurrentSkipListMap<>();

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        return objects.putIfAbsent(name, content.clone()) == null
                ? PutOutcome.CREATED
                : PutOutcome.EXISTS;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return Optional.ofNullable(objects.get(name)).map(byte[]::clone);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return Optional.ofNullable(objects.get(name))
                .map(bytes -> {
                    int from = (int) Math.min(offset, bytes.length);
                    int to = (int) Math.min((long) from + length, bytes.length);
                    return Arrays.copyOfRange(bytes, from, to);
                });
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return objects.entrySet().stream()
                .filter(entry -> entry.getKey().text().startsWith(prefix))
                .map(entry -> new StoredObject(entry.getKey(), entry.getValue().length))
                .toList();
    }

    @Override
    public void delete(ObjectName name) {
        objects.remove(name);
    }

    @Override
    public String location() {
        return "memory";
    }

    /** Another store with the same objects. */
    MemoryStore copy() {
        MemoryStore copy = new MemoryStore();
        objects.forEach((name, bytes) -> copy.objects.put(name, bytes.clone()));
        return copy;
    }
}
