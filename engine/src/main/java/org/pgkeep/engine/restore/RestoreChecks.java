package org.pgkeep.engine.restore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.SystemIdentity;
import org.pgkeep.postgres.wire.WireConnection;

/** Looks at a recovered server: is it what the plan promised? */
final class RestoreChecks {
    /** A record at a page's start begins behind the page's header, at most so long. */
    private static final int PAGE_HEADER_BYTES_MAX = 40;

    private static final String APPLICATION = "pgkeep restore";

    private final RestorePlan plan;
    private final ServerPlace place;
    private final List<RestoreCheck> checks = new ArrayList<>();

    RestoreChecks(RestorePlan plan, ServerPlace place) {
        this.plan = plan;
        this.place = place;
    }

    /**
     * Checks everything.
     *
     * @throws Failure WRONG_END if anything is not as promised, with both what was and what is
     */
    RestoreOutcome check(Duration restored, Duration ready) {
        TimelineHistory history;
        try (WireConnection replication =
                WireConnection.open(
                        place.socket(),
                        new Login(
                                ServerPlace.SUPERUSER,
                                Sessions.USUAL_DATABASE,
                                APPLICATION,
                                true))) {
            SystemIdentity identity = replication.identifySystem();
            note(
                    "same cluster",
                    Long.toUnsignedString(identity.systemIdentifier())
                            .equals(plan.source().systemIdentifier()),
                    "system identifier " + Long.toUnsignedString(identity.systemIdentifier()));
            history = replication.timelineHistory(identity.timeline());
        }
        Lsn end = checkEnd(history);
        checkTransactions();
        checkDatabases();
        return new RestoreOutcome(restored, ready, end, history.timeline(), checks);
    }

    /** The new timeline leaves the origin's exactly where the plan said. */
    private Lsn checkEnd(TimelineHistory history) {
        TimelineId from = plan.history().timelineAt(plan.promisedEnd());
        Optional<Lsn> left = history.switchPointOf(from);
        boolean there =
                left.isPresent()
                        && !left.get().isBefore(plan.promisedEnd())
                        && left.get().minus(plan.promisedEnd()) <= PAGE_HEADER_BYTES_MAX;
        note(
                "recovery ended where planned",
                there,
                "timeline "
                        + history.timeline()
                        + " leaves timeline "
                        + from
                        + " at "
                        + left.map(Lsn::toString).orElse("no place")
                        + ", planned "
                        + plan.promisedEnd());
        return left.orElse(Lsn.ZERO);
    }

    /** The last commit promised is there. */
    private void checkTransactions() {
        Optional<RestorePlan.Commit> last = plan.lastCommit();
        if (last.isEmpty()) {
            return;
        }
        try (WireConnection connection = connect()) {
            String status = status(connection, last.get().xid());
            note(
                    "last commit is there",
                    status.equals("committed"),
                    "transaction " + last.get().xid() + " of " + last.get().time() + ": " + status);
        }
    }

    /**
     * pg_xact_status wants 64 bits: the epoch is that of the next transaction, or the one before.
     */
    private static String status(WireConnection connection, long xid) {
        List<@Nullable String> row =
                connection
                        .query(
                                "SELECT pg_xact_status((CASE WHEN "
                                        + xid
                                        + " < (n & 4294967295) THEN (n >> 32 << 32) + "
                                        + xid
                                        + " ELSE ((n >> 32) - 1 << 32) + "
                                        + xid
                                        + " END)::text::xid8) FROM (SELECT"
                                        + " pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
                                        + " AS n) AS s")
                        .getFirst();
        return String.valueOf(row.getFirst());
    }

    /**
     * Every database that takes connections has a readable catalog. One whose DROP DATABASE was cut
     * short takes none (DATCONNLIMIT_INVALID_DB in pg_database.h).
     */
    private void checkDatabases() {
        List<String> names = new ArrayList<>();
        try (WireConnection connection = connect()) {
            for (List<@Nullable String> row :
                    connection.query(
                            "SELECT datname FROM pg_database WHERE datallowconn AND"
                                    + " datconnlimit <> -2 ORDER BY 1")) {
                names.add(String.valueOf(row.getFirst()));
            }
        }
        for (String name : names) {
            try (WireConnection connection =
                    WireConnection.open(
                            place.socket(),
                            new Login(ServerPlace.SUPERUSER, name, APPLICATION, false))) {
                List<@Nullable String> row =
                        connection
                                .query(
                                        "SELECT (SELECT count(*) FROM pg_class), (SELECT count(*)"
                                                + " FROM pg_attribute)")
                                .getFirst();
                note("catalog of " + name + " readable", true, row.getFirst() + " relations");
            } catch (Failure failure) {
                note("catalog of " + name + " readable", false, failure.message());
            }
        }
    }

    private void note(String name, boolean good, String detail) {
        checks.add(new RestoreCheck(name, good, detail));
        if (!good) {
            throw new Failure(
                    Code.WRONG_END,
                    "the restored server is not what was planned: " + name + ": " + detail,
                    "it was removed again; the origin and its archive are untouched. Please report"
                            + " this");
        }
    }

    private WireConnection connect() {
        return Sessions.open(place.socket(), ServerPlace.SUPERUSER, APPLICATION);
    }
}
