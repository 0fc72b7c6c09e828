package org.pgkeep.testkit.ledger;

import java.time.Duration;
import java.time.Instant;

/** The point that a copy was restored to, and with it what the copy must and must not hold. */
public sealed interface Target {
    /** Everything acknowledged is there; nothing that was committed is too much. */
    record Latest() implements Target {}

    /**
     * A moment of the server's clock. Nothing that committed later is there. What committed up to
     * it is there; only if the server does not note commit times, or {@code tolerance} is not zero,
     * then only what committed (or was acknowledged) earlier than {@code tolerance} before it must
     * be there.
     *
     * <p>Without commit times the bounds are this machine's wall clock before COMMIT and after its
     * answer, so ledger and server must share a clock.
     */
    record AtInstant(Instant instant, Duration tolerance) implements Target {}

    /**
     * A position in the log, bytes from its origin: what committed by a record that ends there or
     * earlier is there, what committed by a record that starts there or later is not.
     */
    record AtLsn(long lsn) implements Target {}

    /**
     * Just before the transaction with this number, which must be one of the ledger's own
     * (transaction or act): it is not there, what committed earlier is. The epoch may be left out.
     */
    record BeforeTransaction(long xid) implements Target {}

    /** {@link Latest}. */
    static Target latest() {
        return new Latest();
    }

    /** {@link AtInstant} without tolerance. */
    static Target at(Instant instant) {
        return new AtInstant(instant, Duration.ZERO);
    }

    /** {@link AtInstant}. */
    static Target at(Instant instant, Duration tolerance) {
        return new AtInstant(instant, tolerance);
    }

    /**
     * {@link AtLsn}.
     *
     * @param text as PostgreSQL writes it, such as {@code 16/B374D848}
     */
    static Target atLsn(String text) {
        int slash = text.indexOf('/');
        if (slash < 1) {
            throw new IllegalArgumentException("not a position in the log: " + text);
        }
        return new AtLsn(
                Long.parseLong(text, 0, slash, 16) << 32
                        | Long.parseLong(text, slash + 1, text.length(), 16));
    }

    /** {@link BeforeTransaction}. */
    static Target before(Commit commit) {
        return new BeforeTransaction(commit.xid());
    }
}
