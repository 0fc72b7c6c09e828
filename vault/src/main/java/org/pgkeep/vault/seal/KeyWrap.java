package org.pgkeep.vault.seal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** How a master key is wrapped with what a person or a file holds. */
public final class KeyWrap {
    /** Bytes of a salt. */
    public static final int SALT_BYTES = 16;

    /** Bytes of a secret that a key service wraps. */
    public static final int SECRET_BYTES = 32;

    private static final int NONCE_BYTES = 12;

    /** Bytes of a wrapped master key: nonce, key, tag. */
    public static final int WRAPPED_BYTES =
            NONCE_BYTES + Keyring.MASTER_KEY_BYTES + Layout.TAG_BYTES;

    private KeyWrap() {}

    /** The wrapping key of a passphrase: Argon2id version 1.3, one lane, over its UTF-8 in NFC. */
    public static SecretKey fromPassphrase(
            char[] passphrase, byte[] salt, int memoryKib, int passes) {
        byte[] words =
                Normalizer.normalize(new String(passphrase), Normalizer.Form.NFC)
                        .getBytes(StandardCharsets.UTF_8);
        Argon2BytesGenerator argon = new Argon2BytesGenerator();
        argon.init(
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                        .withSalt(salt)
                        .withMemoryAsKB(memoryKib)
                        .withIterations(passes)
                        .withParallelism(1)
                        .build());
        byte[] key = new byte[32];
        argon.generateBytes(words, key);
        Arrays.fill(words, (byte) 0);
        return new SecretKeySpec(key, "AES");
    }

    /** The wrapping key of a key file's secret. */
    public static SecretKey fromKeyFile(byte[] secret, byte[] salt) {
        return Keyring.hkdf(secret, salt, Keyring.ascii("pgkeep key file v1"), "AES");
    }

    /** The wrapping key of a secret that a key service unwrapped. */
    public static SecretKey fromKeyService(byte[] secret, byte[] salt) {
        return Keyring.hkdf(secret, salt, Keyring.ascii("pgkeep key service v1"), "AES");
    }

    /** Wraps a master key: nonce, ciphertext, tag. */
    public static byte[] wrap(
            SecretKey key, byte[] associated, byte[] master, SecureRandom random) {
        try {
            byte[] nonce = new byte[NONCE_BYTES];
            random.nextBytes(nonce);
            byte[] wrapped = Arrays.copyOf(nonce, WRAPPED_BYTES);
            cipher(Cipher.ENCRYPT_MODE, key, nonce, associated)
                    .doFinal(master, 0, master.length, wrapped, NONCE_BYTES);
            return wrapped;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not wrap", e);
        }
    }

    /** Unwraps what {@link #wrap} made; empty if the key or the associated data is another. */
    public static Optional<byte[]> unwrap(SecretKey key, byte[] associated, byte[] wrapped) {
        try {
            byte[] nonce = Arrays.copyOf(wrapped, NONCE_BYTES);
            return Optional.of(
                    cipher(Cipher.DECRYPT_MODE, key, nonce, associated)
                            .doFinal(wrapped, NONCE_BYTES, WRAPPED_BYTES - NONCE_BYTES));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not unwrap", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] associated)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(Layout.TAG_BYTES * 8, nonce));
        cipher.updateAAD(associated);
        return cipher;
    }
}
