package org.pgkeep.vault;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * A place that does to its callers what places do: it fails before or after it did what it was
 * asked, loses an answer and takes the second try for somebody else's, cuts or spoils what it gives
 * back, and lists what was there a while ago. What it holds is always right. One thread.
 */
final class SimulatedStore extends ForwardingStore {
    private final Random random;
    private final MemoryStore held;
    private final int inHundred;
    private MemoryStore earlier;
    private boolean calm;

    /**
     * A place that has its way with so many of a hundred calls.
     *
     * @param held what it holds
     */
    SimulatedStore(MemoryStore held, Random random, int inHundred) {
        super(held);
        this.held = held;
        this.random = random;
        this.inHundred = inHundred;
        this.earlier = held.copy();
    }

    /** From now on it does what it is asked, or again what it likes. */
    void calm(boolean now) {
        calm = now;
    }

    /** What lists show from now on, if they are late. */
    void timePasses() {
        earlier = held.copy();
    }

    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        if (strikes()) {
            int how = random.nextInt(3);
            if (how > 0) {
                super.putIfAbsent(name, content);
            }
            if (how < 2) {
                throw failed();
            }
            // the answer was lost, and the second try met what the first one had put
            return PutOutcome.EXISTS;
        }
        return super.putIfAbsent(name, content);
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return super.get(name).map(this::torn);
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        return super.range(name, offset, length).map(this::torn);
    }

    @Override
    public List<StoredObject> list(String prefix) {
        if (strikes()) {
            if (random.nextBoolean() || prefix.startsWith("vault/") || prefix.startsWith("keys/")) {
                throw failed();
            }
            return earlier.list(prefix);
        }
        return super.list(prefix);
    }

    @Override
    public void delete(ObjectName name) {
        if (strikes()) {
            if (random.nextBoolean()) {
                super.delete(name);
            }
            throw failed();
        }
        super.delete(name);
    }

    private byte[] torn(byte[] answer) {
        if (!strikes()) {
            return answer;
        }
        if (answer.length == 0 || random.nextInt(3) == 0) {
            throw failed();
        }
        int at = random.nextInt(answer.length);
        if (random.nextBoolean()) {
            return java.util.Arrays.copyOf(answer, at);
        }
        byte[] spoiled = answer.clone();
        spoiled[at] ^= (byte) (1 << random.nextInt(8));
        return spoiled;
    }

    private boolean strikes() {
        return !calm && random.nextInt(100) < inHundred;
    }

    private static Failure failed() {
        return new Failure(Code.STORE_UNAVAILABLE, "the place does not answer", "try again");
    }
}
