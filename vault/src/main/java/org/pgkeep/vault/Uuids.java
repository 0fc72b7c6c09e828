package org.pgkeep.vault;

import java.util.UUID;
import java.util.random.RandomGenerator;

/** What the ids have in common: strict text, unsigned order, new values from given randomness. */
final class Uuids {
    private Uuids() {}

    static UUID parse(String text) {
        // UUID.fromString alone also takes "1-1-1-1-1" and upper case, which would give one id two
        // names.
        UUID value = UUID.fromString(text);
        if (!value.toString().equals(text)) {
            throw new IllegalArgumentException("not a canonical id: " + text);
        }
        return value;
    }

    /** The order of the texts; {@link UUID#compareTo} compares signed halves. */
    static int compare(UUID a, UUID b) {
        int high = Long.compareUnsigned(a.getMostSignificantBits(), b.getMostSignificantBits());
        return high != 0
                ? high
                : Long.compareUnsigned(a.getLeastSignificantBits(), b.getLeastSignificantBits());
    }

    static UUID random(RandomGenerator random) {
        return of(random.nextLong(), 4, random.nextLong());
    }

    static UUID timed(long epochMillis, RandomGenerator random) {
        return of((epochMillis << 16) | (random.nextLong() & 0xFFFF), 7, random.nextLong());
    }

    private static UUID of(long high, long version, long low) {
        return new UUID(
                (high & ~0xF000L) | (version << 12),
                (low & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L);
    }
}
