package org.pgkeep.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Encoder;
import org.pgkeep.vault.seal.KeyWrap;

/**
 * A master key wrapped with a passphrase or a key file, as it lies in the vault.
 *
 * @param name the object's name
 * @param id the envelope's id
 * @param vault the vault whose key it holds
 * @param generation of that key
 * @param lock how the wrapping key comes about
 * @param wrapped nonce, ciphertext, tag
 */
@SuppressWarnings("ArrayRecordComponent")
record KeyEnvelope(
        ObjectName name, UUID id, UUID vault, int generation, Lock lock, byte[] wrapped) {
    /** A hostile store can name any cost before anything is authentic: 256 MiB is the most. */
    static final int ARGON_MEMORY_KIB_MAX = 256 << 10;

    static final int ARGON_PASSES_MAX = 64;

    private static final String PASSPHRASE = "passphrase";
    private static final String KEY_FILE = "key-file";
    private static final String CHECK = "sha256";

    /** How the wrapping key comes about. */
    sealed interface Lock {
        /** From a passphrase. */
        record Argon2id(byte[] salt, int memoryKib, int passes) implements Lock {}

        /** From a key file's secret. */
        record Hkdf(byte[] salt) implements Lock {}

        /** In a way this program does not know. */
        record Unknown(String kind) implements Lock {}
    }

    /** Wraps a master key, and unwraps it again before anyone relies on it. */
    static KeyEnvelope seal(
            UUID vault,
            int generation,
            byte[] master,
            VaultKey key,
            SecureRandom random,
            VaultSettings settings) {
        UUID id = Uuids.random(random);
        byte[] salt = new byte[KeyWrap.SALT_BYTES];
        random.nextBytes(salt);
        Lock lock =
                switch (key) {
                    case VaultKey.Passphrase _ ->
                            new Lock.Argon2id(
                                    salt, settings.argonMemoryKib(), settings.argonPasses());
                    case VaultKey.KeyFile _ -> new Lock.Hkdf(salt);
                };
        SecretKey wrapping = wrappingKey(lock, key).orElseThrow();
        byte[] associated = associated(vault, id, lock, generation);
        byte[] wrapped = KeyWrap.wrap(wrapping, associated, master, random);
        if (!KeyWrap.unwrap(wrapping, associated, wrapped)
                .filter(opened -> MessageDigest.isEqual(opened, master))
                .isPresent()) {
            throw Damage.of(Names.key(id).text(), "it did not open right after it was sealed");
        }
        return new KeyEnvelope(Names.key(id), id, vault, generation, lock, wrapped);
    }

    /** Whether keys of this kind open envelopes of this kind. */
    boolean isFor(VaultKey key) {
        return switch (key) {
            case VaultKey.Passphrase _ -> lock instanceof Lock.Argon2id;
            case VaultKey.KeyFile _ -> lock instanceof Lock.Hkdf;
        };
    }

    /** The master key; empty if the key is not the one. */
    Optional<byte[]> open(VaultKey key) {
        return wrappingKey(lock, key)
                .flatMap(wrapping ->
                        KeyWrap.unwrap(wrapping, associated(vault, id, lock, generation), wrapped));
    }

    byte[] encode() {
        HexFormat hex = HexFormat.of();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("pgkeep", "key");
        members.put("format", ClearDocument.FORMAT);
        members.put("vault", vault.toString());
        members.put("envelope", id.toString());
        members.put("generation", generation);
        switch (lock) {
            case Lock.Argon2id argon -> {
                members.put("kind", PASSPHRASE);
                members.put("argon2idMemoryKib", argon.memoryKib());
                members.put("argon2idPasses", argon.passes());
                members.put("salt", hex.formatHex(argon.salt()));
            }
            case Lock.Hkdf hkdf -> {
                members.put("kind", KEY_FILE);
                members.put("salt", hex.formatHex(hkdf.salt()));
            }
            case Lock.Unknown unknown -> throw new IllegalStateException(unknown.kind());
        }
        members.put("wrapped", hex.formatHex(wrapped));
        return ClearDocument.write(members, CHECK, KeyEnvelope::sha256);
    }

    static KeyEnvelope decode(ObjectName name, byte[] bytes) {
        ClearDocument document = ClearDocument.parse(name, bytes, "key");
        // A plain digest, since no key is at hand yet: it tells damage from a wrong passphrase.
        // What protects from a hand that computes it anew is the wrapping's own seal.
        document.check(CHECK, KeyEnvelope::sha256);
        UUID id = document.id("envelope");
        if (!Names.key(id).equals(name)) {
            throw Damage.of(name.text(), "it was stored under another name");
        }
        String kind = document.text("kind");
        Lock lock =
                switch (kind) {
                    case PASSPHRASE ->
                            new Lock.Argon2id(
                                    document.hex("salt", KeyWrap.SALT_BYTES),
                                    document.number("argon2idMemoryKib", 8, ARGON_MEMORY_KIB_MAX),
                                    document.number("argon2idPasses", 1, ARGON_PASSES_MAX));
                    case KEY_FILE -> new Lock.Hkdf(document.hex("salt", KeyWrap.SALT_BYTES));
                    default -> new Lock.Unknown(kind);
                };
        byte[] wrapped =
                lock instanceof Lock.Unknown
                        ? new byte[0]
                        : document.hex("wrapped", KeyWrap.WRAPPED_BYTES);
        int generation = document.number("generation", 1, Integer.MAX_VALUE);
        return new KeyEnvelope(name, id, document.id("vault"), generation, lock, wrapped);
    }

    private static Optional<SecretKey> wrappingKey(Lock lock, VaultKey key) {
        if (lock instanceof Lock.Argon2id argon && key instanceof VaultKey.Passphrase passphrase) {
            return Optional.of(
                    KeyWrap.fromPassphrase(
                            passphrase.text(), argon.salt(), argon.memoryKib(), argon.passes()));
        }
        if (lock instanceof Lock.Hkdf hkdf && key instanceof VaultKey.KeyFile file) {
            return Optional.of(KeyWrap.fromKeyFile(file.secret(), hkdf.salt()));
        }
        return Optional.empty();
    }

    private static byte[] associated(UUID vault, UUID id, Lock lock, int generation) {
        byte[] label = "pgkeep key v1".getBytes(StandardCharsets.US_ASCII);
        return new Encoder()
                .raw(label, 0, label.length)
                .uuid(vault)
                .uuid(id)
                .u8(lock instanceof Lock.Argon2id ? 1 : 2)
                .u32(generation)
                .toBytes();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyEnvelope that
                && id.equals(that.id)
                && Arrays.equals(wrapped, that.wrapped);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "envelope " + id + " of generation " + generation;
    }
}
