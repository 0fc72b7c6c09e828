package org.pgkeep.service.document;

import java.util.Locale;
import org.pgkeep.failure.Failure;

/**
 * What went wrong.
 *
 * @param code one word of the catalogue, such as {@code unknown-server}, or {@code internal}
 * @param kind {@code refused}, {@code unavailable} or {@code damaged}
 * @param message what happened
 * @param hint what to do next
 */
public record ErrorView(String code, String kind, String message, String hint) {
    /** An expected failure as a document. */
    public static ErrorView of(Failure failure) {
        return new ErrorView(
                failure.code().text(),
                failure.code().kind().name().toLowerCase(Locale.ROOT),
                failure.message(),
                failure.hint());
    }

    /** A defect of pgkeep itself as a document. */
    public static ErrorView ofDefect(Throwable defect) {
        return new ErrorView(
                "internal",
                "damaged",
                "pgkeep has a defect: " + defect,
                "look at service.log in the home, and report what it says");
    }
}
