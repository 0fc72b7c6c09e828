package org.pgkeep.places;

import java.io.Serial;

/** One call to a service failed; what that means for the whole is decided in {@link FarStore}. */
final class CallFailed extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    /** What is known of a failed call. */
    enum Trouble {
        /** There is no such object. */
        MISSING,
        /** The name is taken. */
        TAKEN,
        /** The object ends before the range asked for does. */
        SHORT,
        /** The service asks for fewer calls; nothing was done. */
        THROTTLED,
        /** No answer, half an answer, or an error of the service's own: it may have been done. */
        BROKEN,
        /** The time was up: it may have been done. */
        TIMEOUT,
        /** The credentials are good, and don't allow this. */
        DENIED,
        /** Credentials that nobody knows, or a wrong secret. */
        BAD_CREDENTIALS,
        /** No credentials were found. */
        NO_CREDENTIALS,
        /** Credentials that were good once. */
        EXPIRED,
        /** There is no such bucket or container. */
        NO_CONTAINER,
        /** This machine's clock and the service's are too far apart. */
        SKEWED,
        /** A lock keeps the object. */
        LOCKED,
        /** Whatever else the service refuses. */
        REFUSED;

        /** Whether the same call can have another outcome soon. */
        boolean passes() {
            return switch (this) {
                case THROTTLED, BROKEN, TIMEOUT -> true;
                case MISSING,
                        TAKEN,
                        SHORT,
                        DENIED,
                        BAD_CREDENTIALS,
                        NO_CREDENTIALS,
                        EXPIRED,
                        NO_CONTAINER,
                        SKEWED,
                        LOCKED,
                        REFUSED ->
                        false;
            };
        }

        /** Whether the call may have been done all the same. */
        boolean leavesDoubt() {
            return this == BROKEN || this == TIMEOUT;
        }

        /** Whether other credentials could help, such as those that stand in the file by now. */
        boolean isOfCredentials() {
            return this == BAD_CREDENTIALS || this == NO_CREDENTIALS || this == EXPIRED;
        }
    }

    private final Trouble trouble;

    /**
     * A failed call.
     *
     * @param detail a word or a clause of the service's or the network's own; holds no secret
     */
    CallFailed(Trouble trouble, String detail) {
        super(detail, null, false, false);
        this.trouble = trouble;
    }

    Trouble trouble() {
        return trouble;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
