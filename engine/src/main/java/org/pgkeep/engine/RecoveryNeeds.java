package org.pgkeep.engine;

/**
 * The settings a server must have at least as high as its origin, or recovery refuses to go on
 * (CheckRequiredParameterValues in xlogrecovery.c).
 *
 * @param maxConnections {@code max_connections}
 * @param maxWorkerProcesses {@code max_worker_processes}
 * @param maxWalSenders {@code max_wal_senders}
 * @param maxPreparedTransactions {@code max_prepared_transactions}
 * @param maxLocksPerTransaction {@code max_locks_per_transaction}
 */
public record RecoveryNeeds(
        int maxConnections,
        int maxWorkerProcesses,
        int maxWalSenders,
        int maxPreparedTransactions,
        int maxLocksPerTransaction) {

    /** What satisfies both. */
    public RecoveryNeeds atLeast(RecoveryNeeds other) {
        return new RecoveryNeeds(
                Math.max(maxConnections, other.maxConnections),
                Math.max(maxWorkerProcesses, other.maxWorkerProcesses),
                Math.max(maxWalSenders, other.maxWalSenders),
                Math.max(maxPreparedTransactions, other.maxPreparedTransactions),
                Math.max(maxLocksPerTransaction, other.maxLocksPerTransaction));
    }
}
