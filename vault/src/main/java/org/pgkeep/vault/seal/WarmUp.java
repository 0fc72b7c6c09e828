package org.pgkeep.vault.seal;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Brings the loops of AES-GCM and SHA-256 to the compiler with many small operations, once per
 * process and beside the work. The processor's instructions for them are used only by callers that
 * the last compiler has taken up, which takes some 5000 calls; work done in large pieces makes few,
 * and would seal its first gigabyte at a fraction of the speed (measured: 1.9 s of processor time
 * of the 8.8 that 800 MiB of WAL cost a service just started).
 */
public final class WarmUp {
    private static final int ROUNDS = 6000;

    /**
     * The shortest piece that takes the way of the long ones (GaloisCounterMode's PARALLEL_LEN).
     */
    private static final int PIECE_BYTES = 8 << 10;

    private static final int DIGEST_BYTES = 256;
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private WarmUp() {}

    /** Starts warming up unless this process did already. */
    public static void start() {
        if (STARTED.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("vault-warm-up").start(WarmUp::run);
        }
    }

    private static void run() {
        SecretKey key = new SecretKeySpec(new byte[Keyring.MASTER_KEY_BYTES], "AES");
        byte[] associated = new byte[64];
        byte[] clear = new byte[2 * PIECE_BYTES];
        byte[] sealed = new byte[clear.length + Layout.TAG_BYTES];
        try (Workbench bench = Workbench.borrow()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int round = 1; round <= ROUNDS; round++) {
                bench.seal(key, round, associated, clear, 0, clear.length, sealed, 0, PIECE_BYTES);
                if (!bench.open(key, round, associated, sealed, 0, sealed.length, clear)) {
                    throw new IllegalStateException("what was just sealed does not open");
                }
                digest.update(clear, 0, DIGEST_BYTES);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
