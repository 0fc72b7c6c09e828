package org.pgkeep.testkit.ledger;

/** What became of a transaction, as far as its writer knows. */
public sealed interface Outcome {
    /** It did not commit: rolled back on purpose, or ended by a failure; never to be found. */
    record RolledBack() implements Outcome {}

    /** The server said that it is committed. */
    record Committed(Commit commit) implements Outcome {}

    /** COMMIT was sent and no answer came: it may be there or not. */
    record Unknown(Commit commit) implements Outcome {}
}
