package org.pgkeep.engine.index;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.postgres.Lsn;

/**
 * What is known at once of the records that start in a range of one timeline.
 *
 * @param from the start of the range, a page's start
 * @param to behind the range
 * @param lastEnd behind the last record that starts in it
 * @param records how many start in it
 * @param firstCommit the first commit of a transaction that has an id
 * @param lastCommit the last one
 * @param newestEnd the latest time at which a transaction ended
 * @param newestTime the latest time that any of its records tells
 * @param xidMin the smallest id of a transaction or subtransaction that committed; 0 if none did
 * @param xidMax the largest one
 * @param removesFolders whether a database or a tablespace was removed
 * @param changesFiles whether files of relations were made, emptied or removed, or a restore point
 *     made
 * @param needs what recovery needs at least
 * @param unlogged where {@code wal_level=minimal} is first told of
 */
public record IndexSummary(
        Lsn from,
        Lsn to,
        Lsn lastEnd,
        long records,
        Optional<End> firstCommit,
        Optional<End> lastCommit,
        Optional<Instant> newestEnd,
        Optional<Instant> newestTime,
        long xidMin,
        long xidMax,
        boolean removesFolders,
        boolean changesFiles,
        RecoveryNeeds needs,
        Optional<Lsn> unlogged) {

    /**
     * The end of a transaction.
     *
     * @param time when, by the server's clock
     * @param xid the transaction
     * @param lsn where its record starts
     */
    public record End(Instant time, long xid, Lsn lsn) {}

    /** Whether a transaction or subtransaction of that id may have committed in it. */
    public boolean mayHold(long xid) {
        return xidMax != 0 && xid >= xidMin && xid <= xidMax;
    }
}
