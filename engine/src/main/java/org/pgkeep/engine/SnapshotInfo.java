package org.pgkeep.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.SnapshotId;

/**
 * A full backup as the vault's snapshot document tells of it.
 *
 * @param id its identity
 * @param server whose it is
 * @param name the name it was given, unique among the server's backups
 * @param startedAt when it began, by the service's clock
 * @param finishedAt when its last WAL was held, by the service's clock
 * @param stoppedAt when it ended, by the server's own clock: the earliest moment it can restore
 * @param timeline the timeline it was taken on
 * @param startLsn where replay starts
 * @param stopLsn where it becomes consistent
 * @param version the server's PostgreSQL
 * @param walSegmentBytes the size of the server's WAL segments
 * @param reading how the data directory was read
 * @param figures what it cost
 * @param damagedPages pages whose checksum kept failing, as {@code file:block}
 * @param backupLabel the label as the server returned it
 * @param tablespaceMap the tablespace map as the server returned it, may be empty
 * @param recoveryNeeds what recovery needs at least, as on the origin
 */
public record SnapshotInfo(
        SnapshotId id,
        ServerId server,
        String name,
        Instant startedAt,
        Instant finishedAt,
        Instant stoppedAt,
        TimelineId timeline,
        Lsn startLsn,
        Lsn stopLsn,
        PostgresVersion version,
        int walSegmentBytes,
        Reading reading,
        Figures figures,
        List<String> damagedPages,
        String backupLabel,
        String tablespaceMap,
        RecoveryNeeds recoveryNeeds) {

    /** How the data directory was read. */
    public enum Reading {
        /** All of it; the log had no word about what changed, or was not asked. */
        WHOLE("whole"),
        /** All of it, and the log had named every page that changed. */
        COMPARED("compared"),
        /** Of relations only what the log names; the rest is the snapshot's before. */
        BY_LOG("by-log");

        private final String word;

        Reading(String word) {
            this.word = word;
        }

        /** As documents and answers tell it. */
        public String word() {
            return word;
        }

        /**
         * The one of that word.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Reading of(String word) {
            for (Reading each : values()) {
                if (each.word.equals(word)) {
                    return each;
                }
            }
            throw new IllegalArgumentException("no way of reading: " + word);
        }
    }

    /**
     * What a snapshot cost.
     *
     * @param sizeBytes the bytes of all its files
     * @param readBytes the bytes read from the data directory
     * @param changedBytes the bytes that no earlier snapshot of the server had
     * @param storedBytes the bytes added to the vault for it
     * @param files the number of its files
     * @param duration from its start until it existed
     */
    public record Figures(
            long sizeBytes,
            long readBytes,
            long changedBytes,
            long storedBytes,
            int files,
            Duration duration) {}

    public SnapshotInfo {
        damagedPages = List.copyOf(damagedPages);
    }

    /** Whether it is a picture of that history: it ended before its timeline was left. */
    public boolean isOn(TimelineHistory history) {
        return history.timelineAt(startLsn).equals(timeline)
                && history.switchPointOf(timeline).map(left -> !stopLsn.isAfter(left)).orElse(true);
    }
}
