package org.pgkeep.vault;

import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A pack of chunks, by its id: random, so no two writers meet.
 *
 * @param value the id; ordered by its text
 */
public record PackId(UUID value) implements Comparable<PackId> {
    /**
     * Reads the canonical text, 36 characters in lower case.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static PackId parse(String text) {
        return new PackId(Uuids.parse(text));
    }

    /** A new random id. */
    public static PackId random(RandomGenerator random) {
        return new PackId(Uuids.random(random));
    }

    @Override
    public int compareTo(PackId other) {
        return Uuids.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
