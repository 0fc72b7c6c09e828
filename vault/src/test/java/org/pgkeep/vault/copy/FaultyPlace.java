package org.pgkeep.vault.copy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/** A place in memory that can be away, lose answers, and be waited at before each step. */
final class FaultyPlace implements ObjectStore {
    /** Called before each step; may throw. */
    interface Gate {
        /** Whether the step's answer is to be lost. */
        boolean pass(FaultyPlace place, String step);
    }

    final ConcurrentSkipListMap<ObjectName, byte[]> objects = new ConcurrentSkipListMap<>();
    final int number;
    volatile boolean away;
    private final Gate gate;

    FaultyPlace(int number, Gate gate) {
        this.number = number;
        this.gate = gate;
    }

    static FaultyPlace calm(int number) {
        return new FaultyPlace(number, (place, step) -> false);
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        boolean lost = enter("put " + name);
        PutOutcome outcome =
                objects.putIfAbsent(name, content.clone()) == null
                        ? PutOutcome.CREATED
                        : PutOutcome.EXISTS;
        leave(lost);
        return outcome;
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return range(name, 0, Integer.MAX_VALUE);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        leave(enter("get " + name));
        return Optional.ofNullable(objects.get(name))
                .map(bytes -> {
                    int from = (int) Math.min(offset, bytes.length);
                    int to = (int) Math.min((long) from + length, bytes.length);
                    return Arrays.copyOfRange(bytes, from, to);
                });
    }

    @Override
    public List<StoredObject> list(String prefix) {
        leave(enter("list " + prefix));
        return objects.entrySet().stream()
                .filter(entry -> entry.getKey().text().startsWith(prefix))
                .map(entry -> new StoredObject(entry.getKey(), entry.getValue().length))
                .toList();
    }

    @Override
    public void delete(ObjectName name) {
        boolean lost = enter("delete " + name);
        objects.remove(name);
        leave(lost);
    }

    @Override
    public String location() {
        return "place-" + number;
    }

    private boolean enter(String step) {
        boolean lost = gate.pass(this, step);
        if (away) {
            throw unavailable();
        }
        return lost;
    }

    private void leave(boolean lost) {
        if (lost) {
            throw unavailable();
        }
    }

    private Failure unavailable() {
        return new Failure(Code.STORE_UNAVAILABLE, location() + " is away", "none");
    }
}
