package org.pgkeep.vault;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The head of a snapshot: what its maker says about it. The tree is read apart.
 *
 * @param id its id
 * @param properties the engine's words about it, sorted; at most 512 KiB of keys and values
 */
public record Snapshot(SnapshotId id, Map<String, String> properties) {
    /** Copies and sorts the properties. */
    public Snapshot {
        SortedMap<String, String> sorted = new TreeMap<>(properties);
        properties = Collections.unmodifiableMap(sorted);
    }
}
