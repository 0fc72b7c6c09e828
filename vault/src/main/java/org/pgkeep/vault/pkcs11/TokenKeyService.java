package org.pgkeep.vault.pkcs11;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyStore;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.KeyService;

/**
 * An AES key in a PKCS#11 token. It may be one that can't be taken out: only 32 bytes go in and
 * out. The session with the token stays open as long as this object lives.
 */
public final class TokenKeyService implements KeyService {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String GCM = "AES/GCM/NoPadding";

    private final TokenAddress address;
    private final Provider provider;
    private final Key key;
    private final SecureRandom random;

    private TokenKeyService(TokenAddress address, Provider provider, Key key, SecureRandom random) {
        this.address = address;
        this.provider = provider;
        this.key = key;
        this.random = random;
    }

    /**
     * Opens the token and finds the key.
     *
     * @throws Failure BAD_ARGUMENT, NO_KEY if the PIN can't be read, WRONG_KEY if the token has no
     *     such key, KEY_SERVICE
     */
    public static TokenKeyService open(String address, SecureRandom random) {
        TokenAddress where = TokenAddress.parse(address);
        char @Nullable [] pin = where.pinFile().map(TokenKeyService::pin).orElse(null);
        try {
            Provider base = Security.getProvider("SunPKCS11");
            if (base == null) {
                throw new Failure(
                        Code.KEY_SERVICE,
                        "this Java has no PKCS#11 (module jdk.crypto.cryptoki)",
                        "run pgkeep with a complete JDK 25");
            }
            Provider provider = base.configure(configuration(where));
            KeyStore store = KeyStore.getInstance("PKCS11", provider);
            store.load(null, pin);
            Key key = store.getKey(where.object(), null);
            if (key == null || !key.getAlgorithm().equals("AES")) {
                throw new Failure(
                        Code.WRONG_KEY,
                        "the token has no AES key \"" + where.object() + "\"",
                        "look with: pkcs11-tool --module "
                                + where.module()
                                + " --login --list-objects");
            }
            return new TokenKeyService(where, provider, key, random);
        } catch (GeneralSecurityException | IOException | ProviderException e) {
            throw failed(where, e);
        } finally {
            if (pin != null) {
                Arrays.fill(pin, ' ');
            }
        }
    }

    @Override
    public String address() {
        return address.lasting();
    }

    @Override
    public byte[] wrap(byte[] secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(secret);
            byte[] wrapped = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
            System.arraycopy(sealed, 0, wrapped, NONCE_BYTES, sealed.length);
            return wrapped;
        } catch (GeneralSecurityException | ProviderException e) {
            throw failed(address, e);
        }
    }

    @Override
    public Optional<byte[]> unwrap(byte[] wrapped) {
        if (wrapped.length <= NONCE_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(wrapped, NONCE_BYTES))
                            .doFinal(wrapped, NONCE_BYTES, wrapped.length - NONCE_BYTES));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException | ProviderException e) {
            throw failed(address, e);
        }
    }

    private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(GCM, provider);
        try {
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        } catch (InvalidKeyException e) {
            throw new Failure(
                    Code.KEY_SERVICE,
                    "the token does not work with its AES key \""
                            + address.object()
                            + "\": "
                            + root(e).getMessage(),
                    "see that the key has 16, 24 or 32 bytes and may encrypt and decrypt; make it"
                            + " in the token: softhsm2-util --import cuts a key at its first zero"
                            + " byte or line feed",
                    e);
        }
        return cipher;
    }

    /** The provider's configuration; two dashes say that it is not the name of a file. */
    private static String configuration(TokenAddress where) {
        String slot =
                where.slot().isPresent()
                        ? "slot = " + where.slot().getAsLong()
                        : "slotListIndex = 0";
        return "--name = pgkeep\nlibrary = " + where.module() + "\n" + slot + "\n";
    }

    private static char[] pin(Path file) {
        try {
            return Files.readString(file).lines().findFirst().orElse("").toCharArray();
        } catch (IOException e) {
            throw new Failure(
                    Code.NO_KEY,
                    "can't read the PIN in " + file + ": " + e,
                    "check the file's owner and permissions",
                    e);
        }
    }

    private static Failure failed(TokenAddress where, Exception cause) {
        return new Failure(
                Code.KEY_SERVICE,
                "the token behind " + where.module() + " refuses: " + root(cause),
                "check its slot, its PIN and its library with: pkcs11-tool --module "
                        + where.module()
                        + " --list-slots",
                cause);
    }

    private static Throwable root(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
