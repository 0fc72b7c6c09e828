package org.pgkeep.vault;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Keyring;

/**
 * The locks of an open vault. Each envelope opens it alone; adding and removing them touches no
 * data. A rotation gives the vault a new master key for what is new. One change at a time in this
 * process; changes of several programs at once leave the vault open to every key they leave in it.
 */
public final class VaultKeys {
    private final ObjectStore store;
    private final KeySafe safe;
    private final SecureRandom random;
    private final VaultSettings settings;

    VaultKeys(ObjectStore store, KeySafe safe, SecureRandom random, VaultSettings settings) {
        this.store = store;
        this.safe = safe;
        this.random = random;
        this.settings = settings;
    }

    /** The generation of the master key that seals what is new. */
    public int generation() {
        return safe.ring().newest();
    }

    /** Every envelope there is, by id; those that are damaged are left out. */
    public List<KeyInfo> list() {
        safe.refresh();
        return envelopes().stream().map(this::info).toList();
    }

    /**
     * Locks the vault with one more key. One object, one step. A rotation looks for it right before
     * the vault goes on, and this looks for a rotation right after: at least one of them sees the
     * other.
     *
     * @param label what people call it: letters, digits, blanks and {@code . _ @ -}, at most 60
     * @throws Failure WRONG_STATE if a rotation is under way, which would leave the key behind
     */
    public synchronized KeyInfo add(VaultKey key, String label) {
        checkLabel(label);
        safe.refresh();
        Keyring keys = safe.ring();
        if (isRotating(keys)) {
            throw rotating();
        }
        KeyEnvelope envelope = KeyEnvelope.seal(keys, key, label, random, settings);
        store.putIfAbsent(envelope.name(), envelope.encode());
        boolean rotating = isRotating(keys);
        safe.refresh();
        boolean rotated = generation() != keys.newest();
        if (rotating || rotated) {
            store.delete(envelope.name());
            throw rotated ? overtaken() : rotating();
        }
        return info(envelope);
    }

    /** Whether somebody is about to go on to a later generation, or was cut off doing so. */
    private boolean isRotating(Keyring keys) {
        return envelopes().stream().anyMatch(each -> each.generation() > keys.newest());
    }

    /**
     * Takes a key away. It goes on opening copies of the vault made before, and whoever used it may
     * have kept the master key: a rotation keeps what comes from then on from both.
     *
     * @throws Failure WRONG_STATE if the vault could not be opened here without it
     */
    public synchronized void remove(UUID id) {
        safe.refresh();
        List<KeyEnvelope> there = envelopes();
        KeyEnvelope gone =
                there.stream()
                        .filter(envelope -> envelope.id().equals(id))
                        .findFirst()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "the vault has no key " + id,
                                        "see which it has: pgkeep vault key list"));
        if (gone.generation() > generation()) {
            // a rotation is under way, or was not seen here yet: it may be what opens the vault
            throw overtaken();
        }
        boolean opensWithout =
                there.stream().filter(envelope -> !envelope.id().equals(id)).anyMatch(this::isOurs);
        if (!opensWithout) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "key " + id + " is the one that opens the vault here",
                    "let another key open it first: pgkeep vault rotate --key");
        }
        try {
            store.delete(gone.name());
        } catch (Failure lost) {
            // the answer, and perhaps not the deletion: what follows is needed all the more
            putBackIfNoneOpens(gone);
            throw lost;
        }
        if (putBackIfNoneOpens(gone)) {
            throw overtaken();
        }
    }

    /** Two who remove at once, each what the other relies on, both put theirs back. */
    private boolean putBackIfNoneOpens(KeyEnvelope gone) {
        boolean none = envelopes().stream().noneMatch(this::isOurs);
        if (none) {
            store.putIfAbsent(gone.name(), gone.encode());
        }
        return none;
    }

    /**
     * Opens the vault with another of its keys from now on.
     *
     * @throws Failure WRONG_KEY if it is none of them; then nothing changes
     */
    public synchronized void use(VaultKey key) {
        safe.use(key);
    }

    /** Whether a key opens the vault as it is now. */
    public boolean opens(VaultKey key) {
        try {
            KeySafe.open(store, key);
            return true;
        } catch (Failure e) {
            if (e.code() == Code.WRONG_KEY) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Gives the vault a new master key. What is new is sealed with it; what is there stays
     * readable, and is sealed anew by {@link Vault#resealing}.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>for each key that is to go on, an envelope with the new master key is stored: envelopes
     *       of a generation that the vault's document does not name, which nobody uses;
     *   <li>the vault's next document is stored, sealed with the new master key: the vault has gone
     *       on. Every key of step 1 opens it, with all generations;
     *   <li>the envelopes of the generation before are deleted: some stay, outdated, until the next
     *       rotation.
     * </ol>
     *
     * Were the document stored first, a crash would leave a vault that nothing opens; were the old
     * envelopes deleted before it, one that opens only if it went on.
     *
     * @param others keys that go on opening the vault beside the one that opened it here
     * @param letGo whether keys that are neither are let go; otherwise they refuse the rotation
     * @return the keys let go
     * @throws Failure NO_KEY if there are keys that were not given, WRONG_STATE if another program
     *     rotated at the same time
     */
    public synchronized List<KeyInfo> rotate(List<VaultKey> others, boolean letGo) {
        safe.refresh();
        // of one moment: another thread here may follow another program's rotation at any time
        KeySafe.Opened now = safe.opened();
        Keyring before = now.ring();
        if (before.newest() - before.generations().getFirst() >= KeyEnvelope.OLDER_MAX) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the vault has " + before.generations().size() + " generations of keys",
                    "make a new vault: this one has no room for more");
        }
        KeyEnvelopes.Found found = KeyEnvelopes.read(store, before.vault());
        if (found.damage().isPresent() && !letGo) {
            // it could be the envelope of a key that nobody wants to lose
            throw found.damage().get();
        }
        List<KeyEnvelope> there = found.good();
        Set<VaultKey> goOn = new LinkedHashSet<>(List.of(safe.key()));
        goOn.addAll(others);
        Map<UUID, VaultKey> matched = matched(there, goOn, before);
        if (!matched.containsValue(safe.key())) {
            // what opened the vault a moment ago is gone: somebody else rotates
            throw overtaken();
        }
        checkAllUsed(goOn, matched);
        List<KeyInfo> lost =
                there.stream()
                        .filter(envelope -> envelope.generation() == before.newest())
                        .filter(envelope -> !matched.containsKey(envelope.id()))
                        .map(this::info)
                        .toList();
        if (!lost.isEmpty() && !letGo) {
            throw lacksKeys(lost);
        }
        // 1: a new envelope for each
        Keyring next = before.next(random);
        List<ObjectName> stored = new ArrayList<>();
        for (KeyEnvelope old : there) {
            VaultKey key = matched.get(old.id());
            if (key != null) {
                KeyEnvelope envelope = KeyEnvelope.seal(next, key, old.label(), random, settings);
                store.putIfAbsent(envelope.name(), envelope.encode());
                stored.add(envelope.name());
            }
        }
        if (!sameKeys(there, KeyEnvelopes.read(store, before.vault()).good(), before.newest())) {
            // a key that came meanwhile would be left behind, one that went would come back
            stored.forEach(store::delete);
            throw overtaken();
        }
        // 2: the vault goes on
        VaultDocument document = now.document().next(next.newest());
        if (store.putIfAbsent(document.name(), document.encode(next)) == PutOutcome.EXISTS) {
            // Somebody else's, or our own after an answer that was lost? Only an open vault tells:
            // were our envelopes deleted on less, it might be one that nothing opens any more.
            safe.refresh();
            if (!safe.ring().sameAs(next)) {
                stored.forEach(store::delete);
                throw overtaken();
            }
        } else {
            safe.become(new KeySafe.Opened(document, next), safe.key());
        }
        // 3: what opened the generations before, and what rotations to this one left that were cut
        // off: what was there before the document was stored has another master key
        there.stream()
                .filter(envelope -> envelope.generation() <= next.newest())
                .forEach(envelope -> store.delete(envelope.name()));
        return lost;
    }

    private static boolean sameKeys(
            List<KeyEnvelope> one, List<KeyEnvelope> other, int generation) {
        return ids(one, generation).equals(ids(other, generation));
    }

    private static Set<UUID> ids(List<KeyEnvelope> envelopes, int generation) {
        return envelopes.stream()
                .filter(envelope -> envelope.generation() == generation)
                .map(KeyEnvelope::id)
                .collect(Collectors.toSet());
    }

    private List<KeyEnvelope> envelopes() {
        return KeyEnvelopes.read(store, safe.document().id().value()).good();
    }

    private boolean isOurs(KeyEnvelope envelope) {
        return opens(envelope, safe.key(), safe.ring());
    }

    /**
     * Whether a key opens an envelope, and what is inside are the vault's keys: a rotation that was
     * cut off leaves envelopes of a generation that came to have another master key.
     */
    private static boolean opens(KeyEnvelope envelope, VaultKey key, Keyring ring) {
        try {
            return envelope.generation() == ring.newest()
                    && envelope.open(key).filter(ring::sameAs).isPresent();
        } catch (Failure damaged) {
            if (damaged.code() == Code.DAMAGED_OBJECT) {
                return false;
            }
            throw damaged;
        }
    }

    /** Which of the keys opens which envelope of the newest generation. */
    private static Map<UUID, VaultKey> matched(
            List<KeyEnvelope> envelopes, Set<VaultKey> keys, Keyring ring) {
        Map<UUID, VaultKey> matched = new LinkedHashMap<>();
        for (KeyEnvelope envelope : envelopes) {
            keys.stream()
                    .filter(key -> opens(envelope, key, ring))
                    .findFirst()
                    .ifPresent(key -> matched.put(envelope.id(), key));
        }
        return matched;
    }

    private static void checkAllUsed(Set<VaultKey> keys, Map<UUID, VaultKey> matched) {
        for (VaultKey key : keys) {
            if (!matched.containsValue(key)) {
                throw new Failure(
                        Code.WRONG_KEY,
                        "the vault is not locked with the " + text(key) + " that was given",
                        "add it with `pgkeep vault key add`, or leave it out");
            }
        }
    }

    private static String text(VaultKey key) {
        return switch (key) {
            case VaultKey.Passphrase _ -> "passphrase";
            case VaultKey.KeyFile _ -> "key file";
            case VaultKey.InService in -> "key " + in.service().address();
        };
    }

    private KeyInfo info(KeyEnvelope envelope) {
        int newest = generation();
        int generation = envelope.generation();
        KeyInfo.State state =
                generation == newest
                        ? KeyInfo.State.CURRENT
                        : generation < newest ? KeyInfo.State.OUTDATED : KeyInfo.State.UNUSED;
        Optional<String> address =
                envelope.lock() instanceof KeyEnvelope.Lock.Service service
                        ? Optional.of(service.address())
                        : Optional.empty();
        return new KeyInfo(
                envelope.id(),
                envelope.kind(),
                envelope.label(),
                address.orElse(""),
                generation,
                state,
                isOurs(envelope));
    }

    private static void checkLabel(String label) {
        if (!label.matches(KeyEnvelope.LABEL)) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "a key can't be called \"" + label + "\"",
                    "use letters, digits, blanks and . _ @ - , at most 60");
        }
    }

    private static Failure lacksKeys(List<KeyInfo> lost) {
        return new Failure(
                Code.NO_KEY,
                "the new master key can't be locked with "
                        + lost.stream()
                                .map(key ->
                                        key.kind()
                                                + " "
                                                + key.id()
                                                + (key.label().isEmpty()
                                                        ? ""
                                                        : " (" + key.label() + ")"))
                                .collect(Collectors.joining(", "))
                        + " without having the secret",
                "give it with --passphrase-file or --key-file, or let those keys go with"
                        + " --let-others-go");
    }

    private static Failure rotating() {
        return new Failure(
                Code.WRONG_STATE,
                "the vault's keys are being rotated, or a rotation was cut off",
                "rotate them (again) with `pgkeep vault rotate`, then add the key");
    }

    private static Failure overtaken() {
        return new Failure(
                Code.WRONG_STATE,
                "another program changed the vault's keys at the same time",
                "look at them with `pgkeep vault key list`, then try again");
    }
}
