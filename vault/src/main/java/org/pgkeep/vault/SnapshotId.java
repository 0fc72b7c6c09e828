package org.pgkeep.vault;

import java.time.Instant;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A snapshot, by its id.
 *
 * @param value the id; ordered by its text
 */
public record SnapshotId(UUID value) implements Comparable<SnapshotId> {
    /**
     * Reads the canonical text, 36 characters in lower case.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    public static SnapshotId parse(String text) {
        return new SnapshotId(Uuids.parse(text));
    }

    /** A new random id. */
    public static SnapshotId random(RandomGenerator random) {
        return new SnapshotId(Uuids.random(random));
    }

    /** A new id that sorts behind those of earlier moments (UUID version 7). */
    public static SnapshotId at(Instant moment, RandomGenerator random) {
        return new SnapshotId(Uuids.timed(moment.toEpochMilli(), random));
    }

    @Override
    public int compareTo(SnapshotId other) {
        return Uuids.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
