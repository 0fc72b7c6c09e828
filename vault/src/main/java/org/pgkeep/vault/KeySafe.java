package org.pgkeep.vault;

import java.util.SortedMap;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Keyring;

/**
 * The keys of an open vault: those it seals with now, and the one that opened it, with which it
 * finds out by itself when another program has gone on to a new generation. What is current changes
 * under this object's lock and is read without it.
 */
final class KeySafe {
    /** Whoever meets so many rotations while he opens a vault does not meet them by chance. */
    private static final int TRIES_MAX = 3;

    private final ObjectStore store;
    private volatile Opened current;
    private volatile VaultKey key;

    /** A vault's document and the keys that belong to it. */
    record Opened(VaultDocument document, Keyring ring) {}

    private KeySafe(ObjectStore store, VaultKey key, Opened current) {
        this.store = store;
        this.key = key;
        this.current = current;
    }

    /** The safe of a vault that was just made. */
    static KeySafe of(ObjectStore store, VaultKey key, Opened made) {
        return new KeySafe(store, key, made);
    }

    /**
     * Opens a vault's keys.
     *
     * @throws Failure WRONG_PLACE if there is no vault, WRONG_KEY, NEWER_FORMAT, DAMAGED_OBJECT
     */
    static KeySafe open(ObjectStore store, VaultKey key) {
        return new KeySafe(store, key, opened(store, key));
    }

    /** Who rotates stores the document, then takes the envelopes away that went before it. */
    private static Opened opened(ObjectStore store, VaultKey key) {
        for (int tries = 1; ; tries++) {
            VaultDocument.Unverified read =
                    VaultDocument.read(store).orElseThrow(() -> nothingThere(store));
            try {
                Keyring keys = KeyEnvelopes.open(store, read, key);
                return new Opened(read.verify(keys), keys);
            } catch (Failure failure) {
                if (tries == TRIES_MAX || !wentOn(store, read.document())) {
                    throw failure;
                }
            }
        }
    }

    private static boolean wentOn(ObjectStore store, VaultDocument since) {
        return VaultDocument.read(store)
                .filter(read -> read.document().version() > since.version())
                .isPresent();
    }

    /** The document and the keys that belong to it: for whoever needs both of one moment. */
    Opened opened() {
        return current;
    }

    /** What the vault is. */
    VaultDocument document() {
        return current.document();
    }

    /** The keys; its newest seals what is new. */
    Keyring ring() {
        return current.ring();
    }

    /** What opened the vault. */
    VaultKey key() {
        return key;
    }

    /**
     * The keys, read anew if they lack a generation that something is sealed with: another program
     * may have rotated them. A generation that nobody has costs a look at the vault's document.
     */
    Keyring ringFor(int generation) {
        Keyring held = ring();
        if (held.holds(generation) || generation < held.newest()) {
            return held;
        }
        refresh();
        return ring();
    }

    /** Looks whether the vault has gone on, and follows. */
    synchronized void refresh() {
        if (wentOn(store, document())) {
            become(opened(store, key), key);
        }
    }

    /** Goes on with another key that opens the vault. */
    synchronized void use(VaultKey other) {
        become(opened(store, other), other);
    }

    /** Goes on to keys whose document is stored. */
    synchronized void become(Opened next, VaultKey with) {
        if (!next.document().id().equals(document().id())) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    "another vault stands at " + store.location() + " now",
                    "start the service again with the right vault");
        }
        if (next.document().version() >= document().version()) {
            current = next;
            key = with;
        } else if (!with.equals(key)) {
            // what a late listing shows says nothing about the keys that count now
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    store.location() + " does not show yet what was stored there",
                    "try again in a moment");
        }
    }

    /** The keys of a new vault. */
    static Keyring first(VaultId id, byte[] master) {
        SortedMap<Integer, byte[]> generations = new TreeMap<>();
        generations.put(1, master);
        return new Keyring(id.value(), generations);
    }

    static Failure lacks(int generation) {
        return new Failure(
                Code.WRONG_KEY,
                "the key given does not open generation " + generation + " of the vault's keys",
                "use a key that was made, or added, later");
    }

    static Failure nothingThere(ObjectStore store) {
        return new Failure(
                Code.WRONG_PLACE,
                "there is no vault at " + store.location(),
                "check the path and that the disk is mounted, or make a vault there");
    }

    @Override
    public String toString() {
        return ring().toString();
    }
}
