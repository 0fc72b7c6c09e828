package org.pgkeep.vault.copy;

import java.time.Instant;
import java.util.Optional;

/**
 * How a location of a tier is.
 *
 * @param number 1, 2, …
 * @param place where it is, for people
 * @param state in one word
 * @param lastContact when it last answered to this process; empty if it never did
 * @param awaySince since when it has not; empty while it answers
 * @param reason why not; empty while it answers
 * @param lacking objects it is known to lack
 */
public record LocationHealth(
        int number,
        String place,
        State state,
        Optional<Instant> lastContact,
        Optional<Instant> awaySince,
        Optional<String> reason,
        long lacking) {

    /** A location's state. */
    public enum State {
        /** It answers and lacks nothing that is known of. */
        GOOD,
        /** It answers, and objects are being brought to it. */
        CATCHING_UP,
        /** It does not answer. */
        AWAY
    }
}
