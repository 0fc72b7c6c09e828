package org.pgkeep.vault;

import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A vault, by its id: stays the same for all copies of it.
 *
 * @param value the id; ordered by its text
 */
public record VaultId(UUID value) implements Comparable<VaultId> {
    /**
     * Reads the canonical text, 36 characters in lower case.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static VaultId parse(String text) {
        return new VaultId(Uuids.parse(text));
    }

    /** A new random id. */
    public static VaultId random(RandomGenerator random) {
        return new VaultId(Uuids.random(random));
    }

    @Override
    public int compareTo(VaultId other) {
        return Uuids.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
