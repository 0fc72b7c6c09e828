package org.pgkeep.postgres.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.CRC32C;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
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
    /** A running server writes the file in one call; a reader can still see half of it. */
    private static final int READ_ATTEMPTS = 20;

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
     * @throws Failure DISK, or as {@link #parse}
     */
    public static ControlFile read(Path file) {
        for (int attempt = 1; ; attempt++) {
            try {
                return parse(Files.readAllBytes(file));
            } catch (Failure torn) {
                if (attempt == READ_ATTEMPTS) {
                    throw torn;
                }
            } catch (IOException unreadable) {
                throw new Failure(
                        Code.DISK,
                        "can't read the control file " + file,
                        "check that it is there and that pgkeep's user may read it",
                        unreadable);
            }
        }
    }

    /**
     * Reads the file's bytes.
     *
     * @throws Failure DAMAGED_DATA if the file is not laid out as that of 13 to 18, or its CRC is
     *     wrong, as it can be for a moment while the server writes it: read it again
     */
    public static ControlFile parse(byte[] bytes) {
        if (bytes.length < Layout.OF_1800.crcOffset() + Integer.BYTES) {
            throw damaged("the control file has only " + bytes.length + " bytes");
        }
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int controlVersion = file.getInt(8);
        Layout layout =
                switch (controlVersion) {
                    case 1300, 1700 -> Layout.OF_1300;
                    case 1800 -> Layout.OF_1800;
                    default ->
                            throw damaged(
                                    "the control file is of version "
                                            + Integer.toUnsignedString(controlVersion)
                                            + ", which is none of PostgreSQL 13 to 18");
                };
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, layout.crcOffset());
        if ((int) crc.getValue() != file.getInt(layout.crcOffset())) {
            throw damaged("the control file's CRC is wrong");
        }
        try {
            return fields(file);
        } catch (IllegalArgumentException implausible) {
            throw damaged("the control file's CRC is right but " + implausible.getMessage());
        }
    }

    /** All fields up to data_checksum_version stand at the same place from 13 to 18. */
    private static ControlFile fields(ByteBuffer file) {
        return new ControlFile(
                file.getLong(0),
                file.getInt(8),
                file.getInt(12),
                state(file.getInt(16)),
                Instant.ofEpochSecond(file.getLong(24)),
                new Lsn(file.getLong(32)),
                new Lsn(file.getLong(40)),
                new TimelineId(file.getInt(48)),
                new TimelineId(file.getInt(52)),
                Instant.ofEpochSecond(file.getLong(104)),
                new Lsn(file.getLong(136)),
                file.getInt(144),
                file.getInt(172),
                new Settings(
                        file.getInt(180),
                        file.getInt(184),
                        file.getInt(188),
                        file.getInt(192),
                        file.getInt(196),
                        file.get(176) != 0,
                        file.get(200) != 0),
                file.getInt(216),
                file.getInt(220),
                file.getInt(224),
                file.getInt(228),
                file.getInt(252));
    }

    private static State state(int number) {
        if (number < 0 || number >= State.values().length) {
            throw new IllegalArgumentException("its state is " + number);
        }
        return State.values()[number];
    }

    private static Failure damaged(String message) {
        return new Failure(
                Code.DAMAGED_DATA,
                message,
                "if the server is running, try again; else restore the directory from a backup");
    }

    /** Where the CRC stands: 18 put a flag in front of the nonce that precedes it. */
    private record Layout(int crcOffset) {
        static final Layout OF_1300 = new Layout(288);
        static final Layout OF_1800 = new Layout(292);
    }

    /** Whether pages carry checksums. */
    public boolean hasDataChecksums() {
        return dataChecksumVersion != 0;
    }
}
