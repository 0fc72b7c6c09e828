package org.pgkeep.postgres.wal;

import java.nio.BufferUnderflowException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineId;

/**
 * Decodes the records that matter to a restore, for one major version of PostgreSQL. Keeps nothing
 * between records; thread-safe. Transactions: {@link TransactionRecords}; XLOG: pg_control.h and
 * xlog_internal.h; relation files: storage_xlog.h.
 */
public final class WalEvents {
    private static final int XLOG = 0;
    private static final int TRANSACTION = 1;
    private static final int STORAGE = 2;
    private static final int DATABASE = 4;
    private static final int TABLESPACE = 5;
    private static final int RESOURCE_MANAGER_INFO = 0xF0;

    /** 15 can also create a database by logging what is in it, and numbers the drop anew. */
    private static final int FIRST_MAJOR_WITH_TWO_WAYS_TO_CREATE = 15;

    private static final int FIRST_MAJOR_WITH_LEVEL_IN_CHECKPOINT = 17;
    private static final int RESTORE_POINT_NAME_BYTES_MAX = 64;

    private final int major;
    private final TransactionRecords transactions;

    /**
     * A decoder for the WAL of one server.
     *
     * @param major 13 to 18; {@link WalReader#majorVersion()} or the server's own word
     */
    public WalEvents(int major) {
        requireKnown(major);
        this.major = major;
        this.transactions = new TransactionRecords(major);
    }

    /**
     * What a record means; empty for the many that mean nothing here.
     *
     * @throws Failure DAMAGED_WAL if the record's CRC was right but its body is not laid out as
     *     this version lays it out
     */
    public Optional<WalEvent> decode(WalRecord record) {
        try {
            return switch (record.resourceManager()) {
                case XLOG -> xlog(record);
                case TRANSACTION -> transactions.decode(record);
                case STORAGE -> storage(record);
                case DATABASE -> database(record);
                case TABLESPACE -> tablespace(record);
                default -> Optional.empty();
            };
        } catch (BufferUnderflowException | IllegalArgumentException misread) {
            throw misread(record, misread);
        }
    }

    static void requireKnown(int major) {
        if (major < PostgresVersion.OLDEST_MAJOR || major > PostgresVersion.NEWEST_MAJOR) {
            throw new IllegalArgumentException("can't read the WAL of PostgreSQL " + major);
        }
    }

    static Failure misread(WalRecord record, @Nullable Exception cause) {
        return new Failure(
                Code.DAMAGED_WAL,
                "can't make sense of the " + record,
                "report this: the record's CRC is right, so pgkeep reads it wrongly",
                cause);
    }

    private Optional<WalEvent> xlog(WalRecord record) {
        Lsn start = record.start();
        Lsn end = record.end();
        return switch (record.info() & RESOURCE_MANAGER_INFO) {
            case 0x00 -> Optional.of(checkpoint(record, true));
            case 0x10 -> Optional.of(checkpoint(record, false));
            case 0x40 -> Optional.of(new WalEvent.SegmentSwitch(start, end));
            case 0x60 -> Optional.of(parameterChange(record));
            case 0x70 -> {
                MainData data = MainData.of(record);
                Instant time = data.timestamp();
                String name = data.text(RESTORE_POINT_NAME_BYTES_MAX);
                yield Optional.of(new WalEvent.RestorePoint(start, end, time, name));
            }
            case 0x90 -> {
                MainData data = MainData.of(record);
                Instant time = data.timestamp();
                TimelineId timeline = new TimelineId(data.signedInt());
                TimelineId previous = new TimelineId(data.signedInt());
                OptionalInt level = levelIf(true, data);
                yield Optional.of(
                        new WalEvent.EndOfRecovery(start, end, time, timeline, previous, level));
            }
            case 0xE0 -> {
                OptionalInt level = levelIf(true, MainData.of(record));
                yield Optional.of(new WalEvent.RedoPoint(start, end, level));
            }
            default -> Optional.empty();
        };
    }

    /** CheckPoint (pg_control.h): redo, timelines, full_page_writes, counters, time. */
    private WalEvent checkpoint(WalRecord record, boolean shutdown) {
        MainData data = MainData.of(record);
        Lsn redo = new Lsn(data.signedLong());
        TimelineId timeline = new TimelineId(data.signedInt());
        TimelineId previous = new TimelineId(data.signedInt());
        boolean fullPageWrites = data.flag();
        data.skip(3);
        // the level of an online checkpoint stands in its redo point's own record
        OptionalInt level = levelIf(shutdown, data);
        data.skip(64 - (level.isPresent() ? 24 : 20));
        return new WalEvent.Checkpoint(
                record.start(),
                record.end(),
                shutdown,
                redo,
                timeline,
                previous,
                fullPageWrites,
                Instant.ofEpochSecond(data.signedLong()),
                level);
    }

    private OptionalInt levelIf(boolean told, MainData data) {
        return told && major >= FIRST_MAJOR_WITH_LEVEL_IN_CHECKPOINT
                ? OptionalInt.of(data.signedInt())
                : OptionalInt.empty();
    }

    private static WalEvent parameterChange(WalRecord record) {
        MainData data = MainData.of(record);
        return new WalEvent.ParameterChange(
                record.start(),
                record.end(),
                data.signedInt(),
                data.signedInt(),
                data.signedInt(),
                data.signedInt(),
                data.signedInt(),
                data.signedInt(),
                data.flag(),
                data.flag());
    }

    private static Optional<WalEvent> storage(WalRecord record) {
        return switch (record.info() & RESOURCE_MANAGER_INFO) {
            case 0x10 -> {
                MainData data = MainData.of(record);
                RelationFile relation = data.relation();
                yield Optional.of(
                        new WalEvent.RelationCreated(
                                record.start(),
                                record.end(),
                                record.xid(),
                                relation,
                                data.signedInt()));
            }
            case 0x20 -> {
                MainData data = MainData.of(record);
                long blocks = data.unsignedInt();
                RelationFile relation = data.relation();
                yield Optional.of(
                        new WalEvent.RelationTruncated(
                                record.start(),
                                record.end(),
                                record.xid(),
                                relation,
                                blocks,
                                data.signedInt()));
            }
            default -> Optional.empty();
        };
    }

    /** dbcommands_xlog.h. */
    private Optional<WalEvent> database(WalRecord record) {
        int info = record.info() & RESOURCE_MANAGER_INFO;
        boolean twoWays = major >= FIRST_MAJOR_WITH_TWO_WAYS_TO_CREATE;
        Lsn start = record.start();
        Lsn end = record.end();
        MainData data = MainData.of(record);
        if (info == 0x00 || (twoWays && info == 0x10)) {
            int database = data.signedInt();
            int tablespace = data.signedInt();
            return Optional.of(
                    new WalEvent.DatabaseCreated(
                            start, end, record.xid(), tablespace, database, info == 0x00));
        }
        if (info == (twoWays ? 0x20 : 0x10)) {
            int database = data.signedInt();
            List<Integer> tablespaces = data.objectIds(data.signedInt());
            return Optional.of(
                    new WalEvent.DatabaseDropped(start, end, record.xid(), database, tablespaces));
        }
        return Optional.empty();
    }

    /** tablespace.h. */
    private static Optional<WalEvent> tablespace(WalRecord record) {
        Lsn start = record.start();
        Lsn end = record.end();
        long xid = record.xid();
        return switch (record.info() & RESOURCE_MANAGER_INFO) {
            case 0x00 ->
                    Optional.of(
                            new WalEvent.TablespaceCreated(
                                    start, end, xid, MainData.of(record).signedInt()));
            case 0x10 ->
                    Optional.of(
                            new WalEvent.TablespaceDropped(
                                    start, end, xid, MainData.of(record).signedInt()));
            default -> Optional.empty();
        };
    }
}
