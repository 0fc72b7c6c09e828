package org.pgkeep.testkit.ledger;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One COMMIT that was sent, with bounds for when and where it took effect.
 *
 * @param xid the transaction's number with its epoch, as {@code pg_current_xact_id()} gives it
 * @param lsnBefore the log's insert position just before COMMIT was sent: the commit record starts
 *     there or later
 * @param sent just before COMMIT was sent
 * @param acknowledged just after the server's answer, or when a later question settled that it did
 *     commit; empty when the answer never came
 * @param lsnAfter the log's insert position after the answer: the commit record ends there or
 *     earlier; empty when the connection was lost before it could be asked
 * @param committedAt the server's own time of the commit, if it has {@code track_commit_timestamp}
 */
public record Commit(
        long xid,
        long lsnBefore,
        Moment sent,
        Optional<Moment> acknowledged,
        OptionalLong lsnAfter,
        Optional<Instant> committedAt) {

    /**
     * A moment on two clocks.
     *
     * @param wall this machine's wall clock, to compare with the server's
     * @param nanos this process's monotonic clock, to order moments of one ledger
     */
    public record Moment(Instant wall, long nanos) {}

    Commit acknowledged(Moment moment) {
        return new Commit(xid, lsnBefore, sent, Optional.of(moment), lsnAfter, committedAt);
    }

    Commit sampled(long lsn, Optional<Instant> time) {
        return new Commit(xid, lsnBefore, sent, acknowledged, OptionalLong.of(lsn), time);
    }
}
