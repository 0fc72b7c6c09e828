package org.pgkeep.vault.seal;

import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;

/**
 * Brings the ciphers' loops to the compiler with many small operations, once per process and beside
 * the work: without it the first hundred megabytes are sealed slowly (measured: 0.12 s suffice).
 */
public final class WarmUp {
    private static final int ROUNDS = 1200;
    private static final int CHUNK_BYTES = 16 << 10;
    private static final int CHUNKS_PER_OBJECT = 100;

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private WarmUp() {}

    /** Starts warming up unless this process did already. */
    public static void start() {
        if (STARTED.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("vault-warm-up").start(WarmUp::run);
        }
    }

    private static void run() {
        TreeMap<Integer, byte[]> master = new TreeMap<>();
        master.put(1, new byte[Keyring.MASTER_KEY_BYTES]);
        Keyring keys = new Keyring(new UUID(0, 0), master);
        // Nothing of this leaves the method: a generator without secrets is enough.
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        byte[] bytes = new byte[CHUNK_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i % 64 == 0 ? i >>> 6 : i % 7);
        }
        for (int round = 0; round < ROUNDS; round += CHUNKS_PER_OBJECT) {
            try (ObjectSealer sealer =
                    new ObjectSealer(keys, ObjectKind.PACK, "warm/up", 1, random, 1 << 20)) {
                for (int i = 0; i < CHUNKS_PER_OBJECT; i++) {
                    sealer.seal(sealer.reserve(ChunkKind.DATA), bytes, 0, bytes.length);
                }
                byte[] object = sealer.finish();
                SealedObject.open(keys, ObjectKind.PACK, "warm/up", ByteSource.of(object));
            }
        }
    }
}
