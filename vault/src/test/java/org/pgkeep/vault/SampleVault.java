package org.pgkeep.vault;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/** What the tests of this package begin with. */
final class SampleVault {
    static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    static final InstantSource CLOCK = InstantSource.fixed(NOON);
    static final SecureRandom RANDOM = new SecureRandom();
    static final VaultKey.KeyFile KEY = VaultKey.KeyFile.random(RANDOM);

    /** Small packs, and an Argon2id that costs nothing. */
    static final VaultSettings SMALL = new VaultSettings(3, 64 << 10, 1 << 20, 8, 1);

    private SampleVault() {}

    static Vault create(ObjectStore store) {
        return Vault.create(store, List.of(KEY), RANDOM, CLOCK, SMALL);
    }

    static Vault open(ObjectStore store) {
        return open(store, KEY);
    }

    static Vault open(ObjectStore store, VaultKey key) {
        return Vault.open(store, key, RANDOM, CLOCK, SMALL);
    }

    /** Bytes that don't compress. */
    static byte[] noise(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Bytes that compress, and are others for each seed. */
    static byte[] prose(long seed, int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(seed);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 8 < 5 ? i % 8 : random.nextInt(20));
        }
        return bytes;
    }
}
