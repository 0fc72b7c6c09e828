package org.pgkeep.postgres.wire;

import java.io.Serial;

/** Carries a server's report as the cause of a failure. */
final class ReportedByServer extends Exception {
    @Serial private static final long serialVersionUID = 1;

    private final transient ServerReport report;

    ReportedByServer(ServerReport report) {
        super(report.text());
        this.report = report;
    }

    ServerReport report() {
        return report;
    }
}
