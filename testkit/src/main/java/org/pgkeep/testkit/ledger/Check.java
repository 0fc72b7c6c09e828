package org.pgkeep.testkit.ledger;

import java.util.List;
import java.util.SortedMap;

/**
 * What a copy turned out to be.
 *
 * @param violations everything that is wrong, in words; empty is good
 * @param transactions how many of the writers' transactions are there
 * @param expectedAtLeast how many had to be there
 * @param expectedAtMost how many could be there
 * @param lastSeq per writer the highest number that is there, 0 for none
 */
public record Check(
        List<String> violations,
        long transactions,
        long expectedAtLeast,
        long expectedAtMost,
        SortedMap<Integer, Long> lastSeq) {

    /** Nothing is wrong. */
    public boolean isGood() {
        return violations.isEmpty();
    }

    /**
     * Itself if nothing is wrong.
     *
     * @throws IllegalStateException with all violations
     */
    public Check orThrow() {
        if (!isGood()) {
            throw new IllegalStateException(toString());
        }
        return this;
    }

    /** Figures and violations, a line each. */
    @Override
    public String toString() {
        StringBuilder text =
                new StringBuilder()
                        .append(transactions)
                        .append(" transactions there, expected ")
                        .append(expectedAtLeast)
                        .append(" to ")
                        .append(expectedAtMost)
                        .append(", last of each writer ")
                        .append(lastSeq);
        violations.forEach(violation -> text.append("\n  wrong: ").append(violation));
        return text.toString();
    }
}
