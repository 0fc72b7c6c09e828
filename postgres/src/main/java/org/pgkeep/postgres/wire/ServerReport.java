package org.pgkeep.postgres.wire;

import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * An error as the server reported it.
 *
 * @param severity {@code ERROR}, {@code FATAL} or {@code PANIC}, never translated
 * @param sqlState five characters, such as {@code 42704} (errcodes-appendix.html)
 * @param message the primary message
 * @param detail more of it, or empty
 * @param hint the server's own hint, or empty
 */
public record ServerReport(
        String severity, String sqlState, String message, String detail, String hint) {
    /** The report behind a failure of this package; empty if the server had no part in it. */
    public static Optional<ServerReport> of(Failure failure) {
        return failure.getCause() instanceof ReportedByServer reported
                ? Optional.of(reported.report())
                : Optional.empty();
    }

    /** The text for people: severity, message, SQLSTATE. */
    public String text() {
        return severity
                + ": "
                + message
                + (detail.isEmpty() ? "" : "; " + detail)
                + " (SQLSTATE "
                + sqlState
                + ")";
    }

    /** This report as a failure. */
    Failure failure() {
        boolean comesOrGoes =
                switch (sqlState) {
                    case "57P01", "57P02", "57P03" -> true;
                    default -> false;
                };
        String next =
                hint.isEmpty() ? "look up the SQLSTATE in PostgreSQL's manual, appendix A" : hint;
        return new Failure(
                comesOrGoes ? Code.SERVER_UNREACHABLE : Code.SERVER_ERROR,
                "the server answered with " + text(),
                comesOrGoes ? "wait until the server has started, then try again" : next,
                new ReportedByServer(this));
    }
}
