package org.pgkeep.vault;

import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Keyring;

/**
 * The vault document: the object that makes a vault exist. Clear, so that it can be read without a
 * key; sealed with a key derived from the master key, so that it can't be changed without one.
 *
 * @param id the vault's id
 * @param createdAt when the vault was made
 * @param version of the document; the highest counts
 * @param generation of the master key that seals what is new, and whose child seals the document
 */
record VaultDocument(VaultId id, Instant createdAt, int version, int generation) {
    /** The version that makes a vault exist. */
    static final int FIRST_VERSION = 1;

    private static final String CHECK = "seal";
    private static final String PURPOSE = "pgkeep vault document v1";

    /** A document that was read, and is believed only by whose keys have sealed it. */
    record Unverified(ObjectName name, VaultDocument document, ClearDocument json) {
        /** Whether these keys have sealed it. */
        boolean isSealedBy(Keyring keys) {
            return json.isChecked(CHECK, sealOf(keys));
        }

        /**
         * The document.
         *
         * @throws Failure DAMAGED_OBJECT unless these keys have sealed it, WRONG_KEY if they lack
         *     its generation
         */
        VaultDocument verify(Keyring keys) {
            json.check(CHECK, sealOf(keys));
            return document;
        }

        private UnaryOperator<byte[]> sealOf(Keyring keys) {
            return hmac(
                    keys.derive(document.generation, PURPOSE)
                            .orElseThrow(() -> KeySafe.lacks(document.generation)));
        }
    }

    /** What follows when the vault's keys get a new generation. */
    VaultDocument next(int newest) {
        return new VaultDocument(id, createdAt, version + 1, newest);
    }

    ObjectName name() {
        return Names.vaultDocument(version);
    }

    byte[] encode(Keyring keys) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("pgkeep", "vault");
        members.put("format", ClearDocument.FORMAT);
        members.put("version", version);
        members.put("id", id.toString());
        members.put("createdAt", createdAt.toString());
        members.put("generation", generation);
        return ClearDocument.write(
                members, CHECK, hmac(keys.derive(generation, PURPOSE).orElseThrow()));
    }

    /**
     * Stores nothing and believes nothing: the newest document there is; empty if there is none.
     */
    static Optional<Unverified> read(ObjectStore store) {
        Optional<ObjectName> newest =
                store.list(Names.VAULT_PREFIX).stream()
                        .map(StoredObject::name)
                        .filter(name -> Names.vaultVersion(name).isPresent())
                        .max(ObjectName::compareTo);
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        ObjectName name = newest.get();
        byte[] bytes =
                store.range(name, 0, ClearDocument.BYTES_MAX + 1)
                        .orElseThrow(() -> Damage.missing(name.text()));
        return Optional.of(parse(name, bytes));
    }

    /** A document of that name. */
    static Unverified parse(ObjectName name, byte[] bytes) {
        ClearDocument json = ClearDocument.parse(name, bytes, "vault");
        int version = json.number("version", 1, Names.VERSION_MAX);
        if (!Names.vaultDocument(version).equals(name)) {
            throw Damage.of(name.text(), "it was stored under another name");
        }
        VaultId id = new VaultId(json.id("id"));
        int generation = json.number("generation", 1, Integer.MAX_VALUE);
        try {
            Instant createdAt = Instant.parse(json.text("createdAt"));
            return new Unverified(
                    name, new VaultDocument(id, createdAt, version, generation), json);
        } catch (DateTimeException e) {
            throw Damage.of(name.text(), "it does not say when the vault was made", e);
        }
    }

    static UnaryOperator<byte[]> hmac(SecretKey key) {
        return bytes -> {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(key);
                return mac.doFinal(bytes);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has HmacSHA256", e);
            }
        };
    }
}
