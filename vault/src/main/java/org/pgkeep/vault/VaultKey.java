package org.pgkeep.vault;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/** What opens a vault. Secrets appear in no text made of these. */
public sealed interface VaultKey {
    /**
     * Words that a person remembers.
     *
     * @param text the words, at least one character; copied
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Passphrase(char[] text) implements VaultKey {
        /** Copies the words. */
        public Passphrase {
            if (text.length == 0) {
                throw new IllegalArgumentException("an empty passphrase");
            }
            text = text.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Passphrase that && Arrays.equals(text, that.text);
        }

        @Override
        public int hashCode() {
            return text.length;
        }

        @Override
        public String toString() {
            return "a passphrase";
        }
    }

    /**
     * The secret of a key file.
     *
     * @param secret {@link #BYTES} random bytes; copied
     */
    @SuppressWarnings("ArrayRecordComponent")
    record KeyFile(byte[] secret) implements VaultKey {
        /** Bytes of a secret. */
        public static final int BYTES = 32;

        /** Copies the secret. */
        public KeyFile {
            if (secret.length != BYTES) {
                throw new IllegalArgumentException("a key of " + secret.length + " bytes");
            }
            secret = secret.clone();
        }

        /** A new secret. */
        public static KeyFile random(SecureRandom random) {
            byte[] secret = new byte[BYTES];
            random.nextBytes(secret);
            return new KeyFile(secret);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof KeyFile that && MessageDigest.isEqual(secret, that.secret);
        }

        @Override
        public int hashCode() {
            return secret.length;
        }

        @Override
        public String toString() {
            return "a key file";
        }
    }

    /**
     * A key that never leaves a key service: a hardware module, or a cloud's key management.
     *
     * @param service where it is, and who is asked
     */
    record InService(KeyService service) implements VaultKey {
        @Override
        public String toString() {
            return "key service " + service.address();
        }
    }
}
