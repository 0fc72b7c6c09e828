package org.pgkeep.engine;

import java.time.Instant;
import java.util.List;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;

/**
 * Something in the WAL that one may want to go back to just before, or just behind.
 *
 * @param time when it happened, by the server's clock
 * @param xid the transaction; 0 for a restore point
 * @param lsn where its record starts: stopping before it leaves it out
 * @param kind what it was
 * @param files what it dropped or truncated; of a database that was dropped its folders, with
 *     relation 0
 * @param restorePoint the name of the restore point, empty for all others
 */
public record Moment(
        Instant time, long xid, Lsn lsn, Kind kind, List<RelationFile> files, String restorePoint) {
    /** What happened at a moment. */
    public enum Kind {
        /** A transaction committed and removed no relation's files. */
        COMMIT,
        /**
         * A transaction committed, removed relations' files and made none, or removed a whole
         * database or tablespace: DROP.
         */
        DROP,
        /** A transaction emptied the files of a relation it had made itself: TRUNCATE. */
        TRUNCATE,
        /** A transaction gave relations new files: TRUNCATE, VACUUM FULL, CLUSTER, ALTER TABLE. */
        REWRITE,
        /** Somebody called {@code pg_create_restore_point}. */
        RESTORE_POINT
    }

    public Moment {
        files = List.copyOf(files);
    }
}
