package org.pgkeep.vault.tier;

import java.time.Duration;
import java.util.Optional;

/**
 * How long a tier keeps what is in it. Every backup within {@code retentionMin} stays; what is
 * older than {@code retentionMax} goes, unless a long-term keep holds it. Where a bound is left
 * out, the server's own retention takes its place.
 *
 * @param retentionMin the window in which any moment can be restored
 * @param retentionMax the age at which a backup goes
 * @param weekly how many of the newest weeks keep a backup each
 * @param monthly how many of the newest months keep a backup each
 * @param yearly how many of the newest years keep a backup each
 */
public record TierKeep(
        Optional<Duration> retentionMin,
        Optional<Duration> retentionMax,
        int weekly,
        int monthly,
        int yearly) {
    /** The most of each long-term keep: some hundred years of weeks. */
    public static final int KEEPS_MAX = 5_200;

    /** What the servers' own retention says, and no long-term copies. */
    public static final TierKeep AS_SERVERS =
            new TierKeep(Optional.empty(), Optional.empty(), 0, 0, 0);

    /** Refuses what contradicts itself. */
    public TierKeep {
        boolean positive =
                retentionMin.filter(span -> !span.isPositive()).isEmpty()
                        && retentionMax.filter(span -> !span.isPositive()).isEmpty();
        boolean ordered =
                retentionMin.isEmpty()
                        || retentionMax.isEmpty()
                        || retentionMin.get().compareTo(retentionMax.get()) <= 0;
        if (!positive || !ordered || !fits(weekly) || !fits(monthly) || !fits(yearly)) {
            throw new IllegalArgumentException(
                    "no retention: min "
                            + retentionMin
                            + ", max "
                            + retentionMax
                            + ", weekly "
                            + weekly
                            + ", monthly "
                            + monthly
                            + ", yearly "
                            + yearly);
        }
    }

    private static boolean fits(int keeps) {
        return keeps >= 0 && keeps <= KEEPS_MAX;
    }
}
