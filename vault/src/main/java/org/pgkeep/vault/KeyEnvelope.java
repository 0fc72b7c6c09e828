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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import javax.crypto.SecretKey;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.Encoder;
import org.pgkeep.vault.seal.KeyWrap;
import org.pgkeep.vault.seal.Keyring;

/**
 * A master key wrapped with a passphrase, a key file or a key service, as it lies in the vault; and
 * with it, wrapped in turn with that master key, those of the generations before: any one envelope
 * of the newest generation opens everything.
 *
 * @param name the object's name
 * @param id the envelope's id
 * @param vault the vault whose key it holds
 * @param generation of that key
 * @param label what people call it; may be empty
 * @param lock how the wrapping key comes about
 * @param wrapped nonce, ciphertext, tag
 * @param older as {@code wrapped}, for each generation before, downwards
 */
@SuppressWarnings("ArrayRecordComponent")
record KeyEnvelope(
        ObjectName name,
        UUID id,
        UUID vault,
        int generation,
        String label,
        Lock lock,
        byte[] wrapped,
        byte[] older) {
    /** A hostile store can name any cost before anything is authentic: 256 MiB is the most. */
    static final int ARGON_MEMORY_KIB_MAX = 256 << 10;

    static final int ARGON_PASSES_MAX = 64;

    /** What an envelope of 16 KiB has room for beside the rest. */
    static final int OLDER_MAX = 50;

    /** What a label may be: it stands in JSON as it is. */
    static final String LABEL = "[A-Za-z0-9 ._@-]{0,60}";

    private static final String ADDRESS = "[ !#-\\[\\]-~]{1,500}";
    private static final String PASSPHRASE = "passphrase";
    private static final String KEY_FILE = "key-file";
    private static final String KEY_SERVICE = "key-service";
    private static final String CHECK = "sha256";
    private static final String OLDER_PURPOSE = "pgkeep older keys v1";

    /** How the wrapping key comes about. */
    sealed interface Lock {
        /** From a passphrase. */
        record Argon2id(byte[] salt, int memoryKib, int passes) implements Lock {}

        /** From a key file's secret. */
        record Hkdf(byte[] salt) implements Lock {}

        /** From a secret that a key service unwraps. */
        record Service(byte[] salt, String address, byte[] secret) implements Lock {}

        /** In a way this program does not know. */
        record Unknown(String kind) implements Lock {}
    }

    /** Wraps the newest master key, and unwraps it again before anyone relies on it. */
    static KeyEnvelope seal(
            Keyring keys, VaultKey key, String label, SecureRandom random, VaultSettings settings) {
        if (!label.matches(LABEL)) {
            throw new IllegalArgumentException("no label: " + label);
        }
        UUID id = Uuids.random(random);
        UUID vault = keys.vault();
        int generation = keys.newest();
        byte[] salt = new byte[KeyWrap.SALT_BYTES];
        random.nextBytes(salt);
        Lock lock =
                switch (key) {
                    case VaultKey.Passphrase _ ->
                            new Lock.Argon2id(
                                    salt, settings.argonMemoryKib(), settings.argonPasses());
                    case VaultKey.KeyFile _ -> new Lock.Hkdf(salt);
                    case VaultKey.InService in -> lockIn(in.service(), salt, random);
                };
        SecretKey wrapping = wrappingKey(lock, key).orElseThrow();
        byte[] associated = associated(vault, id, lock, generation);
        byte[] master = keys.master(generation);
        byte[] wrapped = KeyWrap.wrap(wrapping, associated, master, random);
        byte[] older = wrapOlder(keys, random);
        KeyEnvelope envelope =
                new KeyEnvelope(Names.key(id), id, vault, generation, label, lock, wrapped, older);
        if (!envelope.open(key).filter(opened -> opened.sameAs(keys)).isPresent()) {
            throw Damage.of(Names.key(id).text(), "it did not open right after it was sealed");
        }
        return envelope;
    }

    /** Whether keys of this kind open envelopes of this kind. */
    boolean isFor(VaultKey key) {
        return switch (key) {
            case VaultKey.Passphrase _ -> lock instanceof Lock.Argon2id;
            case VaultKey.KeyFile _ -> lock instanceof Lock.Hkdf;
            case VaultKey.InService in ->
                    lock instanceof Lock.Service there
                            && there.address().equals(in.service().address());
        };
    }

    /** What kind of key opens it, as it stands in the envelope. */
    String kind() {
        return switch (lock) {
            case Lock.Argon2id _ -> PASSPHRASE;
            case Lock.Hkdf _ -> KEY_FILE;
            case Lock.Service _ -> KEY_SERVICE;
            case Lock.Unknown unknown -> unknown.kind();
        };
    }

    /** The master keys inside; empty if the key is not the one. */
    Optional<Keyring> open(VaultKey key) {
        if (!isFor(key)) {
            return Optional.empty();
        }
        return wrappingKey(lock, key)
                .flatMap(wrapping ->
                        KeyWrap.unwrap(wrapping, associated(vault, id, lock, generation), wrapped))
                .map(this::unwrapOlder);
    }

    byte[] encode() {
        HexFormat hex = HexFormat.of();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("pgkeep", "key");
        members.put("format", ClearDocument.FORMAT);
        members.put("vault", vault.toString());
        members.put("envelope", id.toString());
        members.put("generation", generation);
        if (!label.isEmpty()) {
            members.put("label", label);
        }
        members.put("kind", kind());
        switch (lock) {
            case Lock.Argon2id argon -> {
                members.put("argon2idMemoryKib", argon.memoryKib());
                members.put("argon2idPasses", argon.passes());
                members.put("salt", hex.formatHex(argon.salt()));
            }
            case Lock.Hkdf hkdf -> members.put("salt", hex.formatHex(hkdf.salt()));
            case Lock.Service service -> {
                members.put("keyService", service.address());
                members.put("secret", hex.formatHex(service.secret()));
                members.put("salt", hex.formatHex(service.salt()));
            }
            case Lock.Unknown unknown -> throw new IllegalStateException(unknown.kind());
        }
        members.put("wrapped", hex.formatHex(wrapped));
        if (older.length > 0) {
            members.put("older", hex.formatHex(older));
        }
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
        int generation = document.number("generation", 1, Integer.MAX_VALUE);
        String label = document.textOr("label", "");
        Lock lock = lock(document);
        byte[] wrapped = new byte[0];
        byte[] older = new byte[0];
        if (!(lock instanceof Lock.Unknown)) {
            wrapped = document.hex("wrapped", KeyWrap.WRAPPED_BYTES);
            older = document.hexOfMost("older", OLDER_MAX * KeyWrap.WRAPPED_BYTES);
        }
        if (older.length % KeyWrap.WRAPPED_BYTES != 0
                || older.length / KeyWrap.WRAPPED_BYTES >= generation
                || !label.matches(LABEL)) {
            throw Damage.of(name.text(), "it is not an envelope that was ever written");
        }
        return new KeyEnvelope(
                name, id, document.id("vault"), generation, label, lock, wrapped, older);
    }

    private static Lock lock(ClearDocument document) {
        String kind = document.text("kind");
        return switch (kind) {
            case PASSPHRASE ->
                    new Lock.Argon2id(
                            document.hex("salt", KeyWrap.SALT_BYTES),
                            document.number("argon2idMemoryKib", 8, ARGON_MEMORY_KIB_MAX),
                            document.number("argon2idPasses", 1, ARGON_PASSES_MAX));
            case KEY_FILE -> new Lock.Hkdf(document.hex("salt", KeyWrap.SALT_BYTES));
            case KEY_SERVICE ->
                    new Lock.Service(
                            document.hex("salt", KeyWrap.SALT_BYTES),
                            document.text("keyService"),
                            document.hexOfMost("secret", KeyService.WRAPPED_BYTES_MAX));
            default -> new Lock.Unknown(kind);
        };
    }

    private static Lock lockIn(KeyService service, byte[] salt, SecureRandom random) {
        if (!service.address().matches(ADDRESS)) {
            throw new IllegalArgumentException("no address of a key: " + service.address());
        }
        byte[] secret = new byte[KeyWrap.SECRET_BYTES];
        random.nextBytes(secret);
        byte[] wrapped = service.wrap(secret);
        Arrays.fill(secret, (byte) 0);
        if (wrapped.length > KeyService.WRAPPED_BYTES_MAX) {
            throw new IllegalStateException(service.address() + ": " + wrapped.length + " bytes");
        }
        return new Lock.Service(salt, service.address(), wrapped);
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
        if (lock instanceof Lock.Service there && key instanceof VaultKey.InService in) {
            return in.service()
                    .unwrap(there.secret())
                    .map(secret -> KeyWrap.fromKeyService(secret, there.salt()));
        }
        return Optional.empty();
    }

    private static byte[] wrapOlder(Keyring keys, SecureRandom random) {
        int newest = keys.newest();
        Encoder older = new Encoder();
        SecretKey wrapping = keys.derive(newest, OLDER_PURPOSE, "AES").orElseThrow();
        for (int generation = newest - 1; keys.holds(generation); generation--) {
            byte[] wrapped =
                    KeyWrap.wrap(
                            wrapping,
                            associatedOlder(keys.vault(), newest, generation),
                            keys.master(generation),
                            random);
            older.raw(wrapped, 0, wrapped.length);
        }
        return older.toBytes();
    }

    private Keyring unwrapOlder(byte[] master) {
        SortedMap<Integer, byte[]> generations = new TreeMap<>();
        generations.put(generation, master);
        Keyring newest = new Keyring(vault, generations);
        SecretKey wrapping = newest.derive(generation, OLDER_PURPOSE, "AES").orElseThrow();
        for (int i = 0; i < older.length / KeyWrap.WRAPPED_BYTES; i++) {
            int before = generation - 1 - i;
            byte[] one =
                    Arrays.copyOfRange(
                            older, i * KeyWrap.WRAPPED_BYTES, (i + 1) * KeyWrap.WRAPPED_BYTES);
            byte[] opened =
                    KeyWrap.unwrap(wrapping, associatedOlder(vault, generation, before), one)
                            .orElseThrow(() ->
                                    Damage.of(
                                            name.text(),
                                            "its key of generation " + before + " does not open"));
            generations.put(before, opened);
        }
        return new Keyring(vault, generations);
    }

    private static byte[] associated(UUID vault, UUID id, Lock lock, int generation) {
        int kind =
                switch (lock) {
                    case Lock.Argon2id _ -> 1;
                    case Lock.Hkdf _ -> 2;
                    case Lock.Service _ -> 3;
                    case Lock.Unknown unknown -> throw new IllegalStateException(unknown.kind());
                };
        byte[] label = "pgkeep key v1".getBytes(StandardCharsets.US_ASCII);
        return new Encoder()
                .raw(label, 0, label.length)
                .uuid(vault)
                .uuid(id)
                .u8(kind)
                .u32(generation)
                .toBytes();
    }

    private static byte[] associatedOlder(UUID vault, int generation, int before) {
        byte[] label = "pgkeep older key v1".getBytes(StandardCharsets.US_ASCII);
        return new Encoder()
                .raw(label, 0, label.length)
                .uuid(vault)
                .u32(generation)
                .u32(before)
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
