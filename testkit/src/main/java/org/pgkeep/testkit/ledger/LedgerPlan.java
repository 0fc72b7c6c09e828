package org.pgkeep.testkit.ledger;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a {@link Ledger} works. A value; every method returns a changed copy.
 *
 * @param writers how many writers, numbered from 1, each with a connection of its own
 * @param transactionsPerSecond over all writers together; 0 is flat out
 * @param payloadBytes bytes that each entry carries; half of them do not compress
 * @param seed decides what each transaction consists of
 * @param truthFile where the truth is appended to, so that it survives the death of this process
 */
public record LedgerPlan(
        int writers,
        double transactionsPerSecond,
        int payloadBytes,
        long seed,
        Optional<Path> truthFile) {

    /** Refuses what cannot be done. */
    public LedgerPlan {
        if (writers < 1 || !(transactionsPerSecond >= 0) || payloadBytes < 0) {
            throw new IllegalArgumentException(
                    writers + " writers, " + transactionsPerSecond + "/s, " + payloadBytes + " B");
        }
    }

    /** Four writers, flat out, 100 bytes, the truth in memory only. */
    public static LedgerPlan defaults() {
        return new LedgerPlan(4, 0, 100, 1, Optional.empty());
    }

    /** Another number of writers. */
    public LedgerPlan writers(int count) {
        return new LedgerPlan(count, transactionsPerSecond, payloadBytes, seed, truthFile);
    }

    /** At most so many transactions per second, over all writers. */
    public LedgerPlan pace(double perSecond) {
        return new LedgerPlan(writers, perSecond, payloadBytes, seed, truthFile);
    }

    /** Another size of the entries' payload. */
    public LedgerPlan payloadBytes(int bytes) {
        return new LedgerPlan(writers, transactionsPerSecond, bytes, seed, truthFile);
    }

    /** Other transactions. */
    public LedgerPlan seed(long other) {
        return new LedgerPlan(writers, transactionsPerSecond, payloadBytes, other, truthFile);
    }

    /** The truth is also appended to this new file. */
    public LedgerPlan truthFile(Path file) {
        return new LedgerPlan(
                writers, transactionsPerSecond, payloadBytes, seed, Optional.of(file));
    }
}
