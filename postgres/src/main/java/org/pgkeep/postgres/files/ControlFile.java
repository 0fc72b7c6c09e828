package org.pgkeep.postgres.files;

import java.nio.file.Path;
import java.time.Instant;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * What {@code global/pg_control} says (pg_control.h), its CRC checked.
 *
 * @param systemIdentifier the cluster's number; {@link Long#toUnsignedString} spells it
 * @param pgControlVersion 1300 and so on
 * @param catalogVersion such as 202209061; part of the name of a tablespace's folder
 * @param state what the cluster was doing
 * @param modified when the file was written last, whole seconds
 * @param checkpoint where the newest checkpoint's record stands
 * @param redo where replay from it begins
 * @param timeline the timeline of that checkpoint
 * @param previousTimeline the one before, where it began a timeline
 * @param checkpointTime when that checkpoint was begun, whole seconds
 * @param minRecoveryPoint up to where a standby or restore has to replay before it is consistent
 * @param minRecoveryTimeline the timeline of that position, 0 if none
 * @param walLevel 0 minimal, 1 replica, 2 logical
 * @param settings what recovery has to keep at least
 * @param blockBytes size of a data page
 * @param relationSegmentBlocks pages in a full file of a relation
 * @param walBlockBytes size of a WAL page
 * @param walSegmentBytes size of a WAL segment
 * @param dataChecksumVersion 0 without page checksums, 1 with
 */
public record ControlFile(
        long systemIdentifier,
        int pgControlVersion,
        int catalogVersion,
        State state,
        Instant modified,
        Lsn checkpoint,
        Lsn redo,
        TimelineId timeline,
        TimelineId previousTimeline,
        Instant checkpointTime,
        Lsn minRecoveryPoint,
        int minRecoveryTimeline,
        int walLevel,
        Settings settings,
        int blockBytes,
        int relationSegmentBlocks,
        int walBlockBytes,
        int walSegmentBytes,
        int dataChecksumVersion) {
    /** What the cluster was doing (DBState, in its order). */
    public enum State {
        STARTING_UP,
        SHUT_DOWN,
        SHUT_DOWN_IN_RECOVERY,
        SHUTTING_DOWN,
        IN_CRASH_RECOVERY,
        IN_ARCHIVE_RECOVERY,
        IN_PRODUCTION
    }

    /** The settings that recovery has to keep at least at these values (rule 25). */
    public record Settings(
            int maxConnections,
            int maxWorkerProcesses,
            int maxWalSenders,
            int maxPreparedTransactions,
            int maxLocksPerTransaction,
            boolean walLogHints,
            boolean trackCommitTimestamp) {}

    /**
     * Reads the file.
     *
     * @param file {@code global/pg_control}, or a copy
     * @throws org.pgkeep.failure.Failure DISK, or as {@link #parse}
     */
    public static ControlFile read(Path file) {
        throw new UnsupportedOperationException(file.toString());
    }

    /**
     * Reads the file's bytes.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_DATA if the CRC is wrong, as it can be for a
     *     moment while the server writes the file: read it again
     */
    public static ControlFile parse(byte[] bytes) {
        throw new UnsupportedOperationException(String.valueOf(bytes.length));
    }

    /** Whether pages carry checksums. */
    public boolean hasDataChecksums() {
        return dataChecksumVersion != 0;
    }
}
