package org.pgkeep.testkit.ledger;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the writers knew at one moment. A value; about 300 bytes a transaction. */
public final class Truth {
    private final String run;
    private final Script script;
    private final int writers;
    private final List<Act> acts;
    private final List<Transaction> transactions;

    Truth(String run, Script script, int writers, List<Act> acts, List<Transaction> transactions) {
        this.run = run;
        this.script = script;
        this.writers = writers;
        this.acts = List.copyOf(acts);
        this.transactions = List.copyOf(transactions);
    }

    /**
     * One writer's transaction.
     *
     * @param writer from 1
     * @param seq from 1, without gaps, rolled back ones counted
     * @param outcome what became of it
     */
    public record Transaction(int writer, long seq, Outcome outcome) {
        /** The commit, if one was sent. */
        public Optional<Commit> commit() {
            return switch (outcome) {
                case Outcome.Committed(Commit commit) -> Optional.of(commit);
                case Outcome.Unknown(Commit commit) -> Optional.of(commit);
                case Outcome.RolledBack() -> Optional.empty();
            };
        }

        /** Whether the server said that it is committed. */
        public boolean isCommitted() {
            return outcome instanceof Outcome.Committed;
        }
    }

    /** The truth that a ledger, perhaps dead by now, has left in its file. */
    public static Truth read(Path truthFile) {
        return TruthLog.read(truthFile).truth();
    }

    /** Identifies the ledger; {@code ledger_run} holds the same. */
    public String run() {
        return run;
    }

    /** How many writers there are. */
    public int writers() {
        return writers;
    }

    /** All acts in order. */
    public List<Act> acts() {
        return acts;
    }

    /** All transactions, by writer and number. */
    public List<Transaction> transactions() {
        return transactions;
    }

    /** The transactions that the server said to be committed. */
    public Stream<Transaction> committed() {
        return transactions.stream().filter(Transaction::isCommitted);
    }

    /** The moment at which the last acknowledgement came. */
    public Optional<Instant> lastAcknowledged() {
        return committed()
                .flatMap(transaction -> transaction.commit().stream())
                .flatMap(commit -> commit.acknowledged().stream())
                .map(Commit.Moment::wall)
                .max(Instant::compareTo);
    }

    /**
     * Compares a copy with this truth. Only reads; the connection's transaction is ended.
     *
     * @param restored a superuser's or the owner's connection to the ledger's database on the copy
     * @param target the point that the copy was restored to
     * @throws SQLException when the copy cannot be read at all
     */
    public Check check(Connection restored, Target target) throws SQLException {
        return new Judge(this, target, Long.MAX_VALUE).judge(Copy.read(restored, script));
    }
}
