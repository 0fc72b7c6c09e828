package org.pgkeep.testkit;

import java.io.Serial;

/** No usable PostgreSQL programs where they were looked for; the message names the places. */
public final class PostgresNotFound extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    PostgresNotFound(String message) {
        super(message);
    }

    PostgresNotFound(String message, Throwable cause) {
        super(message, cause);
    }
}
