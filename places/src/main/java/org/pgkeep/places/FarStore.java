package org.pgkeep.places;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.CallFailed.Trouble;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * A store made of single calls to a service: tries again what can pass, ends when that takes too
 * long, and leaves no doubt about what became of a put.
 *
 * <p>Objects are bounded (64 MiB), so each is stored by a single conditional request: the service
 * itself sees to it that an object appears whole or not at all, and that exactly one of two putters
 * creates it. There are servers that take the condition and ignore it; so before the first put it
 * is tried out. Nothing here changes after the construction but two flags, each in one direction
 * only.
 */
final class FarStore implements ObjectStore {
    /** Largest object: one request carries it, and twice of it fits into memory. */
    private static final int OBJECT_BYTES_MAX = 64 << 20;

    /**
     * What the condition is tried out with: stored once per place, and refused at every opening
     * after. No object can have this name.
     */
    private static final String PROBE = "tmp/stored-only-if-absent";

    private final PlaceAddress address;
    private final FarClient client;
    private final Patience patience;
    private final Room room;
    private final Ticker ticker;
    private final RandomGenerator random;

    /** Whether what the service calls a digest may be one; not so once it proved otherwise. */
    private volatile boolean digestsAreDigests = true;

    /** Whether the service was seen to refuse to store over an object. */
    private volatile boolean keepsWhatIsThere;

    FarStore(
            PlaceAddress address,
            FarClient client,
            Patience patience,
            Ticker ticker,
            RandomGenerator random) {
        this.address = address;
        this.client = client;
        this.patience = patience;
        this.room = new Room();
        this.ticker = ticker;
        this.random = random;
    }

    /** One attempt at something. */
    private interface Attempt<T> {
        /** Does it within the time, or throws {@link CallFailed}. */
        T make(Duration within) throws InterruptedException;
    }

    /**
     * {@inheritDoc}
     *
     * <p>When an attempt brings no answer, it may have stored the object all the same. So the next
     * one may find the name taken by our own bytes: then the answer is {@code CREATED}, because
     * nobody else was told that. Sealed objects of two writers are never the same.
     */
    @Override
    public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
        if (content.length > OBJECT_BYTES_MAX) {
            throw new IllegalArgumentException(name + " is too large: " + content.length);
        }
        boolean[] mayBeOurs = {false};
        return calling(
                "store " + name,
                content.length,
                patience.attempt(content.length),
                within -> put(name.text(), content, within, mayBeOurs));
    }

    private PutOutcome put(String name, byte[] content, Duration within, boolean[] mayBeOurs)
            throws InterruptedException {
        tryOut(within);
        try {
            client.create(name, content, within);
        } catch (CallFailed failed) {
            if (failed.trouble() == Trouble.TAKEN) {
                return mayBeOurs[0] && holds(name, content, within)
                        ? PutOutcome.CREATED
                        : PutOutcome.EXISTS;
            }
            mayBeOurs[0] |= failed.trouble().leavesDoubt();
            throw failed;
        }
        // from here on the object is there by our own doing, whatever becomes of the next calls
        mayBeOurs[0] = true;
        if (!holds(name, content, within)) {
            // nobody was told of it: what was stored wrongly goes, and the next attempt stores it
            client.delete(name, within);
            throw new CallFailed(Trouble.BROKEN, "what was stored is not what was sent");
        }
        return PutOutcome.CREATED;
    }

    /**
     * Sees that the service refuses to store over an object. A server that ignores the condition
     * would let two writers both believe that an object is theirs, and one of them be wrong.
     */
    private void tryOut(Duration within) throws InterruptedException {
        for (int round = 0; !keepsWhatIsThere && round < 2; round++) {
            try {
                client.create(PROBE, PROBE.getBytes(StandardCharsets.US_ASCII), within);
            } catch (CallFailed failed) {
                if (failed.trouble() != Trouble.TAKEN) {
                    throw failed;
                }
                keepsWhatIsThere = true;
            }
        }
        if (!keepsWhatIsThere) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    address + " stores over objects that are there, though asked not to",
                    "choose a place that honours If-None-Match: * for uploads; Ceph does in buckets"
                            + " without versions");
        }
    }

    /** Whether the service has exactly these bytes under the name. */
    private boolean holds(String name, byte[] content, Duration within)
            throws InterruptedException {
        FarClient.Stat stat = client.stat(name, within);
        if (stat.bytes() != content.length) {
            return false;
        }
        if (digestsAreDigests && stat.md5().isPresent()) {
            if (stat.md5().get().equals(md5(content))) {
                return true;
            }
        }
        boolean same = Arrays.equals(client.read(name, within), content);
        if (same && stat.md5().isPresent()) {
            digestsAreDigests = false;
        }
        return same;
    }

    private static String md5(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    /** Tries out now what the first put would; for tests that count requests. */
    void prove() {
        boolean _ =
                calling(
                        "store",
                        0,
                        patience.attempt(0),
                        within -> {
                            tryOut(within);
                            return true;
                        });
    }

    @Override
    public Optional<byte[]> get(ObjectName name) {
        return calling(
                "read " + name,
                Room.UNKNOWN_BYTES,
                patience.attempt(OBJECT_BYTES_MAX),
                within -> orNothing(() -> client.read(name.text(), within)));
    }

    @Override
    public Optional<byte[]> range(ObjectName name, long offset, int length) {
        if (offset < 0 || length < 0) {
            throw new IllegalArgumentException("no range: " + offset + " + " + length);
        }
        int atMost = Math.min(length, OBJECT_BYTES_MAX);
        return calling(
                "read " + name,
                atMost,
                patience.attempt(atMost),
                within -> orNothing(() -> stretch(name.text(), offset, length, within)));
    }

    /** Services refuse, each in a way of its own, ranges that go past the end: so it is asked. */
    private byte[] stretch(String name, long offset, int length, Duration within)
            throws InterruptedException {
        if (length > 0 && offset <= Long.MAX_VALUE - length) {
            try {
                return client.read(name, offset, length, within);
            } catch (CallFailed failed) {
                if (failed.trouble() != Trouble.SHORT) {
                    throw failed;
                }
            }
        }
        long there = Math.min(length, client.stat(name, within).bytes() - offset);
        if (there <= 0) {
            return new byte[0];
        }
        if (there == length) {
            throw new CallFailed(Trouble.BROKEN, "the answer was cut short");
        }
        return client.read(name, offset, (int) there, within);
    }

    /** A question about an object that may not be there. */
    private interface Question {
        byte[] ask() throws InterruptedException;
    }

    private static Optional<byte[]> orNothing(Question question) throws InterruptedException {
        try {
            return Optional.of(question.ask());
        } catch (CallFailed failed) {
            if (failed.trouble() == Trouble.MISSING) {
                return Optional.empty();
            }
            throw failed;
        }
    }

    @Override
    public List<StoredObject> list(String prefix) {
        return calling(
                "list",
                0,
                patience.listing(),
                within ->
                        client.list(prefix, within).stream()
                                .sorted((a, b) -> a.name().compareTo(b.name()))
                                .toList());
    }

    @Override
    public List<String> folders(String prefix) {
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            throw new IllegalArgumentException("not a folder: " + prefix);
        }
        return calling(
                "list",
                0,
                patience.listing(),
                within -> client.folders(prefix, within).stream().sorted().distinct().toList());
    }

    @Override
    public void delete(ObjectName name) {
        boolean _ =
                calling(
                        "delete " + name,
                        0,
                        patience.attempt(0),
                        within -> {
                            client.delete(name.text(), within);
                            return true;
                        });
    }

    @Override
    public String location() {
        return address.text();
    }

    /** Makes attempts until one succeeds, or there is no sense in another. */
    private <T> T calling(String what, int bytes, Duration within, Attempt<T> attempt) {
        long giveUpAt = ticker.nanos() + Patience.total(within).toNanos();
        try (Room.Part _ = room.take(bytes)) {
            for (int failed = 1; ; failed++) {
                CallFailed trouble;
                try {
                    return attempt.make(within);
                } catch (CallFailed e) {
                    trouble = e;
                }
                if (trouble.trouble().isOfCredentials()) {
                    client.forgetCredentials();
                }
                Duration pause = patience.pause(failed, random);
                boolean late = ticker.nanos() + pause.toNanos() >= giveUpAt;
                if (!trouble.trouble().passes() || failed >= patience.attempts() || late) {
                    throw Refusals.failure(address, what, failed, trouble);
                }
                ticker.pause(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED,
                    "the work was cancelled: " + what + " in " + address,
                    "start it again",
                    e);
        }
    }
}
