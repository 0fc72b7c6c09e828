package org.pgkeep.engine;

import java.time.Instant;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.vault.SnapshotId;

/** Where a restore is to end. */
public sealed interface RestoreTarget {
    /** Before the first commit, in log order, whose time is later than this one. */
    record ToTime(Instant time) implements RestoreTarget {}

    /** Before the first record that starts at or behind this position. */
    record ToLsn(Lsn lsn) implements RestoreTarget {}

    /** Right behind this transaction's commit. */
    record ToXid(long xid) implements RestoreTarget {}

    /** Right before this transaction's commit. */
    record BeforeXid(long xid) implements RestoreTarget {}

    /** Right behind the newest restore point of that name. */
    record ToRestorePoint(String name) implements RestoreTarget {}

    /** The end of the oldest snapshot. */
    record Earliest() implements RestoreTarget {}

    /** The end of the WAL held. */
    record Latest() implements RestoreTarget {}

    /** That snapshot's own end. */
    record ToBackup(SnapshotId snapshot) implements RestoreTarget {}
}
