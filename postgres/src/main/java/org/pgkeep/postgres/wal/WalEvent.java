package org.pgkeep.postgres.wal;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineId;

/**
 * What a record means to a restore. Transaction ids are unsigned 32-bit numbers in a long, without
 * epoch; times are the server's clock, in microseconds.
 */
public sealed interface WalEvent {
    /** The position of the record's first byte. */
    Lsn start();

    /** The position behind the record; see {@link WalRecord#end()}. */
    Lsn end();

    /**
     * The {@code wal_level} that holds from here on, where the record tells it: 0 minimal, 1
     * replica, 2 logical. With 0 the log does not name everything that changes, and recovery from a
     * backup can't pass.
     */
    default OptionalInt levelFromHere() {
        return OptionalInt.empty();
    }

    /** The end of a transaction: what {@code recovery_target_time} and {@code _xid} look at. */
    sealed interface TransactionEnd extends WalEvent
            permits Commit, Abort, CommitPrepared, AbortPrepared {
        /** The top-level transaction that ended; of a prepared one, its own id. */
        long xid();

        /** When, by the server's clock. Not monotonic from record to record. */
        Instant time();

        /** Whether what the transaction did is there now. */
        boolean committed();

        /** The relations whose files go with this record (all forks). */
        List<RelationFile> dropped();

        /** The subtransactions that end with it. */
        List<Long> subtransactions();
    }

    /**
     * COMMIT.
     *
     * @param xid 0 for a commit that only drops files or sends invalidations
     */
    record Commit(
            Lsn start,
            Lsn end,
            long xid,
            Instant time,
            List<RelationFile> dropped,
            List<Long> subtransactions)
            implements TransactionEnd {
        public Commit {
            dropped = List.copyOf(dropped);
            subtransactions = List.copyOf(subtransactions);
        }

        @Override
        public boolean committed() {
            return true;
        }
    }

    /** ROLLBACK; the dropped relations are those the transaction had created. */
    record Abort(
            Lsn start,
            Lsn end,
            long xid,
            Instant time,
            List<RelationFile> dropped,
            List<Long> subtransactions)
            implements TransactionEnd {
        public Abort {
            dropped = List.copyOf(dropped);
            subtransactions = List.copyOf(subtransactions);
        }

        @Override
        public boolean committed() {
            return false;
        }
    }

    /**
     * PREPARE TRANSACTION. Recovery targets never stop here.
     *
     * @param gid the name it was given
     * @param database the object id of its database
     * @param droppedOnCommit the relations whose files go if it commits
     * @param droppedOnAbort the relations whose files go if it is rolled back
     */
    record Prepare(
            Lsn start,
            Lsn end,
            long xid,
            Instant time,
            String gid,
            long database,
            List<RelationFile> droppedOnCommit,
            List<RelationFile> droppedOnAbort,
            List<Long> subtransactions)
            implements WalEvent {
        public Prepare {
            droppedOnCommit = List.copyOf(droppedOnCommit);
            droppedOnAbort = List.copyOf(droppedOnAbort);
            subtransactions = List.copyOf(subtransactions);
        }
    }

    /**
     * COMMIT PREPARED.
     *
     * @param xid the prepared transaction, not the one that said COMMIT PREPARED
     * @param gid only written with {@code wal_level=logical}; else known from its {@link Prepare}
     */
    record CommitPrepared(
            Lsn start,
            Lsn end,
            long xid,
            Instant time,
            List<RelationFile> dropped,
            List<Long> subtransactions,
            Optional<String> gid)
            implements TransactionEnd {
        public CommitPrepared {
            dropped = List.copyOf(dropped);
            subtransactions = List.copyOf(subtransactions);
        }

        @Override
        public boolean committed() {
            return true;
        }
    }

    /**
     * ROLLBACK PREPARED.
     *
     * @param xid the prepared transaction, not the one that said ROLLBACK PREPARED
     * @param gid only written with {@code wal_level=logical}; else known from its {@link Prepare}
     */
    record AbortPrepared(
            Lsn start,
            Lsn end,
            long xid,
            Instant time,
            List<RelationFile> dropped,
            List<Long> subtransactions,
            Optional<String> gid)
            implements TransactionEnd {
        public AbortPrepared {
            dropped = List.copyOf(dropped);
            subtransactions = List.copyOf(subtransactions);
        }

        @Override
        public boolean committed() {
            return false;
        }
    }

    /** {@code pg_create_restore_point}. */
    record RestorePoint(Lsn start, Lsn end, Instant time, String name) implements WalEvent {}

    /**
     * A checkpoint's record, written when it is done.
     *
     * @param shutdown whether the server was shut down (or started up) with it: nothing ran then
     * @param redo where replay from this checkpoint has to begin
     * @param timeline the timeline it is on
     * @param previousTimeline differs from {@code timeline} where a new timeline begins
     * @param fullPageWrites whether full page images were being written
     * @param time when it was begun, in whole seconds
     * @param levelFromHere in a shutdown's checkpoint, from 17 on
     */
    record Checkpoint(
            Lsn start,
            Lsn end,
            boolean shutdown,
            Lsn redo,
            TimelineId timeline,
            TimelineId previousTimeline,
            boolean fullPageWrites,
            Instant time,
            OptionalInt levelFromHere)
            implements WalEvent {}

    /** Where replay from the checkpoint that follows has to begin; from 17 on. */
    record RedoPoint(Lsn start, Lsn end, OptionalInt levelFromHere) implements WalEvent {}

    /**
     * A promoted server's first record on its new timeline, where it made no checkpoint first.
     *
     * @param levelFromHere from 17 on
     */
    record EndOfRecovery(
            Lsn start,
            Lsn end,
            Instant time,
            TimelineId timeline,
            TimelineId previousTimeline,
            OptionalInt levelFromHere)
            implements WalEvent {}

    /**
     * The settings that recovery has to keep at least at the origin's values (rule 25).
     *
     * @param walLevel 0 minimal, 1 replica, 2 logical
     */
    record ParameterChange(
            Lsn start,
            Lsn end,
            int maxConnections,
            int maxWorkerProcesses,
            int maxWalSenders,
            int maxPreparedTransactions,
            int maxLocksPerTransaction,
            int walLevel,
            boolean walLogHints,
            boolean trackCommitTimestamp)
            implements WalEvent {
        @Override
        public OptionalInt levelFromHere() {
            return OptionalInt.of(walLevel);
        }
    }

    /** The rest of the segment is empty; {@code end} is the segment's end. */
    record SegmentSwitch(Lsn start, Lsn end) implements WalEvent {}

    /**
     * A fork's file was made. A transaction that creates files and drops others rewrote or
     * truncated a table; one that only drops, dropped it.
     *
     * @param fork 0 main, 1 free space map, 2 visibility map, 3 init
     */
    record RelationCreated(Lsn start, Lsn end, long xid, RelationFile relation, int fork)
            implements WalEvent {}

    /**
     * A relation's files were cut: by VACUUM, or by TRUNCATE of a table made in the same
     * transaction. Any other TRUNCATE gives the table new files; see {@link RelationCreated}.
     *
     * @param blocks how many blocks of the main fork are left
     * @param flags 1 main fork, 2 visibility map, 4 free space map (SMGR_TRUNCATE_*)
     */
    record RelationTruncated(
            Lsn start, Lsn end, long xid, RelationFile relation, long blocks, int flags)
            implements WalEvent {}

    /**
     * A database's folder was made in one tablespace: by CREATE DATABASE, or on its way to another
     * tablespace.
     *
     * @param copied whether its files were copied without a word in the log of what is in them
     */
    record DatabaseCreated(
            Lsn start, Lsn end, long xid, int tablespace, int database, boolean copied)
            implements WalEvent {}

    /**
     * A database's folders are removed, at once, before the transaction ends.
     *
     * @param xid 0 where it tidies up behind a transaction that ended
     * @param tablespaces the object ids of the tablespaces it is removed from
     */
    record DatabaseDropped(Lsn start, Lsn end, long xid, int database, List<Integer> tablespaces)
            implements WalEvent {
        public DatabaseDropped {
            tablespaces = List.copyOf(tablespaces);
        }
    }

    /** A tablespace's folder was made. */
    record TablespaceCreated(Lsn start, Lsn end, long xid, int tablespace) implements WalEvent {}

    /** A tablespace's folder is removed, at once, before the transaction ends. */
    record TablespaceDropped(Lsn start, Lsn end, long xid, int tablespace) implements WalEvent {}
}
