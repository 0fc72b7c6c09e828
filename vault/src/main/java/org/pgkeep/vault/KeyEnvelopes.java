package org.pgkeep.vault;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;

/** All envelopes of a vault, and what a key opens of them. */
final class KeyEnvelopes {
    /** Each may cost half a second of Argon2id: a place with more is not a vault of ours. */
    private static final int ENVELOPES_MAX = 100;

    private KeyEnvelopes() {}

    /**
     * The keyring that a key opens. A damaged envelope is passed over as long as another one opens:
     * a vault must not be lost because one of its keys is.
     */
    static Keyring open(ObjectStore store, VaultDocument.Unverified vault, VaultKey key) {
        List<ObjectName> names =
                store.list(Names.KEYS_PREFIX).stream()
                        .map(StoredObject::name)
                        .filter(name -> Names.envelope(name).isPresent())
                        .toList();
        if (names.size() > ENVELOPES_MAX) {
            throw Damage.of(Names.KEYS_PREFIX, "there are " + names.size() + " keys");
        }
        VaultId id = vault.document().id();
        SortedMap<Integer, byte[]> generations = new TreeMap<>();
        @Nullable Failure damage = null;
        boolean ofThisVault = false;
        boolean ofThisKind = false;
        for (ObjectName name : names) {
            try {
                Optional<KeyEnvelope> read = read(store, name);
                if (read.isPresent() && read.get().vault().equals(id.value())) {
                    KeyEnvelope envelope = read.get();
                    ofThisVault = true;
                    ofThisKind |= envelope.isFor(key);
                    envelope.open(key)
                            .ifPresent(master -> generations.put(envelope.generation(), master));
                }
            } catch (Failure e) {
                if (e.code() != Code.DAMAGED_OBJECT && e.code() != Code.NEWER_FORMAT) {
                    throw e;
                }
                damage = e;
            }
        }
        if (!generations.isEmpty()) {
            return new Keyring(id.value(), generations);
        }
        if (damage != null) {
            throw damage;
        }
        throw noneOpened(store, vault.name(), key, ofThisVault, ofThisKind);
    }

    private static Optional<KeyEnvelope> read(ObjectStore store, ObjectName name) {
        return store.range(name, 0, ClearDocument.BYTES_MAX + 1)
                .map(bytes -> KeyEnvelope.decode(name, bytes));
    }

    private static Failure noneOpened(
            ObjectStore store,
            ObjectName vault,
            VaultKey key,
            boolean ofThisVault,
            boolean ofThisKind) {
        if (!ofThisVault) {
            return Damage.of(
                    vault.text(),
                    "none of the keys stored beside it belongs to the vault it names");
        }
        String given =
                switch (key) {
                    case VaultKey.Passphrase _ -> "passphrase";
                    case VaultKey.KeyFile _ -> "key file";
                };
        if (!ofThisKind) {
            return new Failure(
                    Code.WRONG_KEY,
                    "the vault at " + store.location() + " is not locked with a " + given,
                    switch (key) {
                        case VaultKey.Passphrase _ -> "give the key file that was made for it";
                        case VaultKey.KeyFile _ -> "give the passphrase that was chosen for it";
                    });
        }
        return new Failure(
                Code.WRONG_KEY,
                "the " + given + " does not open the vault at " + store.location(),
                switch (key) {
                    case VaultKey.Passphrase _ ->
                            "check capitals, keyboard layout and blanks at the ends; if it is kept"
                                    + " in a file, check that the file is this vault's";
                    case VaultKey.KeyFile _ ->
                            "take the key file that was made for this vault; the recovery kit"
                                    + " names the vault it belongs to";
                });
    }
}
