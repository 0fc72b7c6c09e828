package org.pgkeep.vault.sweep;

import java.util.Map;
import java.util.TreeMap;
import org.pgkeep.vault.ArchiveId;

/**
 * The bytes of a place by owner. Every object is counted once, so the sums are the bytes of a plain
 * listing. A pack that several archives share is charged to the archive of the oldest snapshot that
 * needs it, whose bytes they were first.
 *
 * @param archives what belongs to an archive
 * @param vault what belongs to none: the vault's own documents and keys, leases, tombstones, packs
 *     that no snapshot refers to, objects that are not pgkeep's
 */
public record Usage(Map<ArchiveId, Bytes> archives, Bytes vault) {
    /**
     * Bytes by kind.
     *
     * @param snapshots data of snapshots that exist
     * @param wal log that is needed
     * @param maps what tells where things stand: file maps, snapshot documents, indexes, documents
     * @param pendingDeletion what nothing needs and the sweep has still to remove
     */
    public record Bytes(long snapshots, long wal, long maps, long pendingDeletion) {
        /** None. */
        public static final Bytes NONE = new Bytes(0, 0, 0, 0);

        /** Both. */
        public Bytes plus(Bytes other) {
            return new Bytes(
                    snapshots + other.snapshots,
                    wal + other.wal,
                    maps + other.maps,
                    pendingDeletion + other.pendingDeletion);
        }

        /** All kinds together. */
        public long total() {
            return snapshots + wal + maps + pendingDeletion;
        }
    }

    public Usage {
        archives = java.util.Collections.unmodifiableMap(new TreeMap<>(archives));
    }

    /** All there is. */
    public long total() {
        return vault.total() + archives.values().stream().mapToLong(Bytes::total).sum();
    }
}
