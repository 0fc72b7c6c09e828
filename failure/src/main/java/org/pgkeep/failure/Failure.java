package org.pgkeep.failure;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * An expected failure: what happened, and what to do next. A bug is never one of these but a plain
 * run-time exception.
 */
public final class Failure extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    private final Code code;
    private final String hint;

    /**
     * A failure with no exception behind it.
     *
     * @param code which of the expected failures
     * @param message what happened, a clause without full stop: {@code there is no server "pg9"}
     * @param hint the next action, in the imperative: {@code list them with: pgkeep server list}
     */
    public Failure(Code code, String message, String hint) {
        this(code, message, hint, null);
    }

    /** A failure that an exception told of; see {@link #Failure(Code, String, String)}. */
    public Failure(Code code, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.hint = hint;
    }

    /** Which of the expected failures. */
    public Code code() {
        return code;
    }

    /** What happened; never null, unlike that of other exceptions. */
    public String message() {
        return String.valueOf(getMessage());
    }

    /** The next action. */
    public String hint() {
        return hint;
    }
}
