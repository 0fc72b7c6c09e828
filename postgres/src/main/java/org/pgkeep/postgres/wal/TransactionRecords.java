package org.pgkeep.postgres.wal;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;

/** Decodes the records of resource manager Transaction (xact.h; PREPARE: twophase.c). */
final class TransactionRecords {
    private static final int OPERATION = 0x70;
    private static final int HAS_INFO = 0x80;
    private static final int COMMIT = 0x00;
    private static final int PREPARE = 0x10;
    private static final int ABORT = 0x20;
    private static final int COMMIT_PREPARED = 0x30;
    private static final int ABORT_PREPARED = 0x40;

    private static final int DATABASE = 1;
    private static final int SUBTRANSACTIONS = 1 << 1;
    private static final int RELATIONS = 1 << 2;
    private static final int INVALIDATIONS = 1 << 3;
    private static final int TWO_PHASE = 1 << 4;
    private static final int GID = 1 << 7;
    private static final int DROPPED_STATISTICS = 1 << 8;

    private static final int INVALIDATION_BYTES = 16;

    /** GIDSIZE: a name's longest length, its NUL included. */
    private static final int GID_BYTES_MAX = 200;

    private static final int FIRST_MAJOR_WITH_STATISTICS_IN_PREPARE = 15;
    private static final int FIRST_MAJOR_WITH_LONG_STATISTICS = 18;

    private final int major;

    TransactionRecords(int major) {
        this.major = major;
    }

    Optional<WalEvent> decode(WalRecord record) {
        return switch (record.info() & OPERATION) {
            case COMMIT, ABORT, COMMIT_PREPARED, ABORT_PREPARED -> Optional.of(end(record));
            case PREPARE -> Optional.of(prepare(record));
            default -> Optional.empty();
        };
    }

    /** The four ways to end a transaction, which are laid out alike. */
    private WalEvent end(WalRecord record) {
        Ending of = ending(record);
        Lsn start = record.start();
        Lsn end = record.end();
        List<RelationFile> files = of.dropped();
        List<Long> parts = of.subtransactions();
        return switch (record.info() & OPERATION) {
            case COMMIT -> new WalEvent.Commit(start, end, record.xid(), of.time(), files, parts);
            case ABORT -> new WalEvent.Abort(start, end, record.xid(), of.time(), files, parts);
            case COMMIT_PREPARED ->
                    new WalEvent.CommitPrepared(
                            start, end, of.preparedXid(), of.time(), files, parts, of.gid());
            default ->
                    new WalEvent.AbortPrepared(
                            start, end, of.preparedXid(), of.time(), files, parts, of.gid());
        };
    }

    /** What the four ways to end a transaction have in common (xl_xact_commit, xl_xact_abort). */
    private record Ending(
            Instant time,
            List<Long> subtransactions,
            List<RelationFile> dropped,
            long preparedXid,
            Optional<String> gid) {}

    private Ending ending(WalRecord record) {
        MainData data = MainData.of(record);
        Instant time = data.timestamp();
        int present = (record.info() & HAS_INFO) == 0 ? 0 : data.signedInt();
        if ((present & DATABASE) != 0) {
            data.skip(2 * Integer.BYTES);
        }
        List<Long> subtransactions =
                (present & SUBTRANSACTIONS) == 0 ? List.of() : data.transactions(data.signedInt());
        List<RelationFile> dropped =
                (present & RELATIONS) == 0 ? List.of() : data.relations(data.signedInt());
        if ((present & DROPPED_STATISTICS) != 0) {
            data.skipItems(data.signedInt(), statisticsBytes());
        }
        if ((present & INVALIDATIONS) != 0) {
            data.skipItems(data.signedInt(), INVALIDATION_BYTES);
        }
        long preparedXid = (present & TWO_PHASE) == 0 ? 0 : data.unsignedInt();
        Optional<String> gid =
                (present & GID) == 0 ? Optional.empty() : Optional.of(data.text(GID_BYTES_MAX));
        return new Ending(time, subtransactions, dropped, preparedXid, gid);
    }

    private int statisticsBytes() {
        return major >= FIRST_MAJOR_WITH_LONG_STATISTICS ? 16 : 12;
    }

    /** xl_xact_prepare, then name, subtransactions and relations, each aligned to 8 bytes. */
    private WalEvent prepare(WalRecord record) {
        MainData data = MainData.of(record);
        data.skip(2 * Integer.BYTES); // magic, total length
        long xid = data.unsignedInt();
        long database = data.unsignedInt();
        Instant time = data.timestamp();
        data.skip(Integer.BYTES); // owner
        int subtransactionCount = data.signedInt();
        int droppedOnCommitCount = data.signedInt();
        int droppedOnAbortCount = data.signedInt();
        if (major >= FIRST_MAJOR_WITH_STATISTICS_IN_PREPARE) {
            data.skip(2 * Integer.BYTES);
        }
        data.skip(Integer.BYTES + 2); // invalidations, whether the init file is one, a gap
        int gidBytes = data.unsignedShort();
        data.skip(2 * Long.BYTES); // origin
        data.align();
        String gid = data.text(gidBytes);
        data.align();
        List<Long> subtransactions = data.transactions(subtransactionCount);
        data.align();
        List<RelationFile> droppedOnCommit = data.relations(droppedOnCommitCount);
        data.align();
        List<RelationFile> droppedOnAbort = data.relations(droppedOnAbortCount);
        return new WalEvent.Prepare(
                record.start(),
                record.end(),
                xid,
                time,
                gid,
                database,
                droppedOnCommit,
                droppedOnAbort,
                subtransactions);
    }
}
