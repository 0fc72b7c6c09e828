package org.pgkeep.vault.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/** The master keys of a vault by generation, and what is derived from them. Immutable. */
public final class Keyring {
    /** Bytes of a master key. */
    public static final int MASTER_KEY_BYTES = 32;

    private static final int KEY_BYTES = 32;

    private final UUID vault;
    private final SortedMap<Integer, byte[]> generations;

    /**
     * The keyring of a vault.
     *
     * @param generations master keys by generation; the highest one seals what is new
     */
    public Keyring(UUID vault, SortedMap<Integer, byte[]> generations) {
        if (generations.isEmpty()) {
            throw new IllegalArgumentException("no master key");
        }
        this.vault = vault;
        this.generations = new TreeMap<>();
        generations.forEach((generation, key) -> this.generations.put(generation, key.clone()));
    }

    /** The vault whose keys these are. */
    public UUID vault() {
        return vault;
    }

    /** The generation that seals what is new. */
    public int newest() {
        return generations.lastKey();
    }

    /** Whether the master key of a generation is here. */
    public boolean holds(int generation) {
        return generations.containsKey(generation);
    }

    /** The generations held, ascending. */
    public List<Integer> generations() {
        return List.copyOf(generations.keySet());
    }

    /** A copy of the master key of a generation that is held: for envelopes, and nothing else. */
    public byte[] master(int generation) {
        return held(generation).orElseThrow().clone();
    }

    /** These keys and a new master key of the next generation. */
    public Keyring next(SecureRandom random) {
        byte[] master = new byte[MASTER_KEY_BYTES];
        random.nextBytes(master);
        SortedMap<Integer, byte[]> more = new TreeMap<>(generations);
        more.put(newest() + 1, master);
        Keyring next = new Keyring(vault, more);
        Arrays.fill(master, (byte) 0);
        return next;
    }

    /** Whether both hold the same keys. */
    public boolean sameAs(Keyring other) {
        return vault.equals(other.vault)
                && generations().equals(other.generations())
                && generations.entrySet().stream()
                        .allMatch(entry ->
                                MessageDigest.isEqual(
                                        entry.getValue(), other.master(entry.getKey())));
    }

    /** As {@link #derive(int, String, String)}, for a check of clear documents. */
    public Optional<SecretKey> derive(int generation, String purpose) {
        return derive(generation, purpose, "HmacSHA256");
    }

    /**
     * A key for something that is no sealed object; empty if the generation is not held.
     *
     * @param algorithm what it is for: {@code HmacSHA256} or {@code AES}
     */
    public Optional<SecretKey> derive(int generation, String purpose, String algorithm) {
        return held(generation)
                .map(master -> hkdf(master, idBytes(vault), ascii(purpose), algorithm));
    }

    /** The key of one sealed object; empty if its generation is not held. */
    Optional<SecretKey> objectKey(Header header) {
        Optional<byte[]> master = held(header.generation());
        if (master.isEmpty()) {
            return Optional.empty();
        }
        byte[] label = ascii("pgkeep object v1");
        byte[] info = Arrays.copyOf(label, label.length + 17);
        System.arraycopy(idBytes(vault), 0, info, label.length, 16);
        info[label.length + 16] = (byte) header.kind().code();
        return Optional.of(hkdf(master.get(), idBytes(header.sealId()), info, "AES"));
    }

    private Optional<byte[]> held(int generation) {
        return Optional.ofNullable(generations.get(generation));
    }

    /** HKDF-SHA256 to 32 bytes. */
    static SecretKey hkdf(byte[] secret, byte[] salt, byte[] info, String algorithm) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            algorithm,
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(secret)
                                    .addSalt(salt)
                                    .thenExpand(info, KEY_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF-SHA256 is part of JDK 25", e);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] idBytes(UUID id) {
        return new Encoder().uuid(id).toBytes();
    }

    @Override
    public String toString() {
        return "keys of vault " + vault + ", generations " + generations.keySet();
    }
}
