package org.pgkeep.demo;

import java.io.Serial;

/** The tour can't go on, or something differs from what the clients know. */
final class DemoFailed extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    private static final String INTERRUPTED = "it was interrupted";

    private final String hint;

    /**
     * Says what happened and what to do.
     *
     * @param message a clause without full stop
     * @param hint the next action
     */
    DemoFailed(String message, String hint) {
        super(message);
        this.hint = hint;
    }

    /** What a command that was ended by Ctrl-C makes of the demo. */
    static DemoFailed interrupted() {
        return new DemoFailed(INTERRUPTED, "start it again: pgkeep demo");
    }

    boolean byInterrupt() {
        return INTERRUPTED.equals(getMessage());
    }

    String hint() {
        return hint;
    }
}
