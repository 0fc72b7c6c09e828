package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
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
     * The envelopes of a vault as they were found.
     *
     * @param listed their names, as they were listed
     * @param good those that are what was written, sorted by name
     * @param damage of the last one that is not
     */
    record Found(List<ObjectName> listed, List<KeyEnvelope> good, Optional<Failure> damage) {}

    /** Reads them all. A damaged one is passed over: a vault is not lost because one key is. */
    static Found read(ObjectStore store, UUID vault) {
        List<ObjectName> names =
                store.list(Names.KEYS_PREFIX).stream()
                        .map(StoredObject::name)
                        .filter(name -> Names.envelope(name).isPresent())
                        .toList();
        if (names.size() > ENVELOPES_MAX) {
            throw Damage.of(Names.KEYS_PREFIX, "there are " + names.size() + " keys");
        }
        List<KeyEnvelope> good = new ArrayList<>();
        @Nullable Failure damage = null;
        for (ObjectName name : names) {
            try {
                store.range(name, 0, ClearDocument.BYTES_MAX + 1)
                        .map(bytes -> KeyEnvelope.decode(name, bytes))
                        .filter(envelope -> envelope.vault().equals(vault))
                        .ifPresent(good::add);
            } catch (Failure e) {
                damage = passedOver(e);
            }
        }
        return new Found(names, good, Optional.ofNullable(damage));
    }

    /**
     * The keyring that a key opens. Of the generation that the vault's document names there may be
     * two keys, if two rotations met: the right one has sealed the document.
     */
    static Keyring open(ObjectStore store, VaultDocument.Unverified vault, VaultKey key) {
        Found found = read(store, vault.document().id().value());
        int wanted = vault.document().generation();
        @Nullable Failure damage = found.damage().orElse(null);
        @Nullable Keyring candidate = null;
        int opened = 0;
        for (KeyEnvelope envelope : found.good()) {
            try {
                Optional<Keyring> keys = envelope.open(key);
                if (keys.isPresent() && envelope.generation() == wanted) {
                    candidate = keys.get();
                    if (vault.isSealedBy(candidate)) {
                        return candidate;
                    }
                } else if (keys.isPresent()) {
                    opened = Math.max(opened, envelope.generation());
                }
            } catch (Failure e) {
                damage = passedOver(e);
            }
        }
        if (candidate != null) {
            vault.verify(candidate);
        }
        if (damage != null) {
            throw damage;
        }
        if (opened > wanted) {
            throw Damage.missing(
                    Names.vaultDocument(vault.document().version() + 1).text()
                            + ", which the keys of generation "
                            + opened
                            + " belong to,");
        }
        if (opened > 0) {
            checkAllListed(store, found.listed());
            throw outdated(store, key, opened, wanted);
        }
        throw noneOpened(store, vault.name(), key, found.good());
    }

    /** A place that stands in for another one may lag behind: the newest keys are not there yet. */
    private static void checkAllListed(ObjectStore store, List<ObjectName> listed) {
        boolean all =
                store.listComplete(Names.KEYS_PREFIX).stream()
                        .map(StoredObject::name)
                        .filter(name -> Names.envelope(name).isPresent())
                        .allMatch(listed::contains);
        if (!all) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    "not all keys of the vault at " + store.location() + " were listed",
                    "a place was away, or the keys have just been renewed: try again");
        }
    }

    private static Failure passedOver(Failure failure) {
        if (failure.code() != Code.DAMAGED_OBJECT && failure.code() != Code.NEWER_FORMAT) {
            throw failure;
        }
        return failure;
    }

    private static Failure outdated(ObjectStore store, VaultKey key, int opened, int wanted) {
        return new Failure(
                Code.WRONG_KEY,
                "the "
                        + given(key)
                        + " opens generation "
                        + opened
                        + " of the keys of the vault at "
                        + store.location()
                        + ", which has gone on to generation "
                        + wanted,
                "use a key that was renewed at that rotation, or added later");
    }

    private static Failure noneOpened(
            ObjectStore store, ObjectName vault, VaultKey key, List<KeyEnvelope> envelopes) {
        if (envelopes.isEmpty()) {
            return Damage.of(
                    vault.text(),
                    "none of the keys stored beside it belongs to the vault it names");
        }
        String given = given(key);
        if (envelopes.stream().noneMatch(envelope -> envelope.isFor(key))) {
            return new Failure(
                    Code.WRONG_KEY,
                    "the vault at " + store.location() + " is not locked with a " + given,
                    switch (key) {
                        case VaultKey.Passphrase _ -> "give the key file that was made for it";
                        case VaultKey.KeyFile _ -> "give the passphrase that was chosen for it";
                        case VaultKey.InService _ ->
                                "give the key that it is locked with; `pgkeep vault key list`"
                                        + " tells which there are";
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
                    case VaultKey.InService _ ->
                            "check that the service still has the key the vault was locked with,"
                                    + " and not a new one of the same name";
                });
    }

    private static String given(VaultKey key) {
        return switch (key) {
            case VaultKey.Passphrase _ -> "passphrase";
            case VaultKey.KeyFile _ -> "key file";
            case VaultKey.InService in -> "key " + in.service().address();
        };
    }
}
