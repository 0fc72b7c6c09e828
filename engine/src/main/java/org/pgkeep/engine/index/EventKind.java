package org.pgkeep.engine.index;

import org.pgkeep.postgres.wal.WalEvent;

/** The kinds of events as an index object numbers them; never renumbered. */
enum EventKind {
    /** COMMIT without subtransactions or dropped files: most events are such. */
    PLAIN_COMMIT(0),
    PLAIN_ABORT(1),
    COMMIT(2),
    ABORT(3),
    COMMIT_PREPARED(4),
    ABORT_PREPARED(5),
    PREPARE(6),
    RESTORE_POINT(7),
    CHECKPOINT(8),
    REDO_POINT(9),
    END_OF_RECOVERY(10),
    PARAMETER_CHANGE(11),
    SEGMENT_SWITCH(12),
    RELATION_CREATED(13),
    RELATION_TRUNCATED(14),
    DATABASE_CREATED(15),
    DATABASE_DROPPED(16),
    TABLESPACE_CREATED(17),
    TABLESPACE_DROPPED(18);

    private static final EventKind[] ALL = values();

    private final int code;

    EventKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Whether dropped files and subtransactions are written. */
    boolean hasMore() {
        return this != PLAIN_COMMIT && this != PLAIN_ABORT;
    }

    /** The kind of a number, which is at most {@link #newest}. */
    static EventKind of(int code) {
        return ALL[code];
    }

    static int newest() {
        return ALL.length - 1;
    }

    static EventKind of(WalEvent event) {
        return switch (event) {
            case WalEvent.Commit end -> isPlain(end) ? PLAIN_COMMIT : COMMIT;
            case WalEvent.Abort end -> isPlain(end) ? PLAIN_ABORT : ABORT;
            case WalEvent.CommitPrepared _ -> COMMIT_PREPARED;
            case WalEvent.AbortPrepared _ -> ABORT_PREPARED;
            case WalEvent.Prepare _ -> PREPARE;
            case WalEvent.RestorePoint _ -> RESTORE_POINT;
            case WalEvent.Checkpoint _ -> CHECKPOINT;
            case WalEvent.RedoPoint _ -> REDO_POINT;
            case WalEvent.EndOfRecovery _ -> END_OF_RECOVERY;
            case WalEvent.ParameterChange _ -> PARAMETER_CHANGE;
            case WalEvent.SegmentSwitch _ -> SEGMENT_SWITCH;
            case WalEvent.RelationCreated _ -> RELATION_CREATED;
            case WalEvent.RelationTruncated _ -> RELATION_TRUNCATED;
            case WalEvent.DatabaseCreated _ -> DATABASE_CREATED;
            case WalEvent.DatabaseDropped _ -> DATABASE_DROPPED;
            case WalEvent.TablespaceCreated _ -> TABLESPACE_CREATED;
            case WalEvent.TablespaceDropped _ -> TABLESPACE_DROPPED;
        };
    }

    private static boolean isPlain(WalEvent.TransactionEnd end) {
        return end.dropped().isEmpty() && end.subtransactions().isEmpty();
    }
}
