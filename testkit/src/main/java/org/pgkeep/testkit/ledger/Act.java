package org.pgkeep.testkit.ledger;

/**
 * Something done once beside the writers' transactions, in a transaction of its own.
 *
 * @param deed what was done
 * @param outcome what became of it
 */
public record Act(Deed deed, Outcome outcome) {
    /** What can be done. */
    public sealed interface Deed {
        /** The tables were made anew, with all accounts. */
        record Setup() implements Deed {}

        /** {@code ledger_victim} was made with so many known rows. */
        record VictimMade(int rows) implements Deed {}

        /** {@code ledger_victim} was dropped. */
        record VictimDropped() implements Deed {}
    }

    /**
     * The commit.
     *
     * @throws IllegalStateException when it was rolled back
     */
    public Commit commit() {
        return switch (outcome) {
            case Outcome.Committed(Commit commit) -> commit;
            case Outcome.Unknown(Commit commit) -> commit;
            case Outcome.RolledBack() -> throw new IllegalStateException(deed + " was rolled back");
        };
    }
}
