package org.pgkeep.engine.drill;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * Looks into every table and index of a server that will be thrown away. Where the extension
 * amcheck is at hand, it says whether they are sound: B-trees with every row of their tables
 * (bt_index_check, heapallindexed), tables by verify_heapam (PostgreSQL 14 and newer). Elsewhere
 * every table is read, which verifies the checksums of its pages.
 */
final class DrillChecks {
    private static final String APPLICATION = "pgkeep drill";

    /** verify_heapam came with it. */
    private static final int MAJOR_OF_HEAP_CHECKS = 14;

    /**
     * Relations whose content a restore brings back: neither temporary nor unlogged ones. The
     * others' catalog rows may be there, their content is not promised.
     */
    private static final String INDEXES =
            "SELECT c.oid, c.oid::regclass::text FROM pg_index i"
                    + " JOIN pg_class c ON c.oid = i.indexrelid"
                    + " JOIN pg_am a ON a.oid = c.relam"
                    + " WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p'"
                    + " AND i.indisready AND i.indisvalid ORDER BY c.oid";

    private static final String TABLES =
            "SELECT c.oid, c.oid::regclass::text FROM pg_class c"
                    + " JOIN pg_am a ON a.oid = c.relam"
                    + " WHERE c.relkind IN ('r', 'm', 't') AND c.relpersistence = 'p'"
                    + " AND a.amname = 'heap' ORDER BY c.oid";

    private final ServerPlace place;
    private final ProgressListener progress;

    DrillChecks(ServerPlace place, ProgressListener progress) {
        this.place = place;
        this.progress = progress;
    }

    /** A relation by its object id and its name. */
    private record Relation(String oid, String name) {}

    /**
     * Checks everything.
     *
     * @throws Failure DAMAGED_DATA, WRONG_ANSWER; SERVER_ERROR if the server can't be asked
     */
    List<RestoreCheck> check(List<DrillQuestion> questions) {
        List<RestoreCheck> checks = new ArrayList<>();
        for (String database : databases()) {
            try (WireConnection connection = open(database)) {
                checks.add(relations(connection, database));
            }
        }
        for (DrillQuestion question : questions) {
            try (WireConnection connection = open(question.database())) {
                checks.add(answer(connection, question));
            }
        }
        return checks;
    }

    /** Those that take connections; one whose DROP was cut short takes none. */
    private List<String> databases() {
        try (WireConnection connection =
                Sessions.open(place.socket(), ServerPlace.SUPERUSER, APPLICATION)) {
            return connection
                    .query(
                            "SELECT datname FROM pg_database WHERE datallowconn"
                                    + " AND datconnlimit <> -2 ORDER BY 1")
                    .stream()
                    .map(row -> String.valueOf(row.getFirst()))
                    .toList();
        }
    }

    private WireConnection open(String database) {
        return WireConnection.open(
                place.socket(), new Login(ServerPlace.SUPERUSER, database, APPLICATION, false));
    }

    private RestoreCheck relations(WireConnection connection, String database) {
        // every name below is PostgreSQL's own, and relations come with their schemas
        connection.query("SET search_path = pg_catalog");
        int major = place.installation().version().major();
        Optional<String> amcheck = amcheck(connection);
        List<Relation> tables = list(connection, TABLES);
        List<Relation> indexes = amcheck.isPresent() ? list(connection, INDEXES) : List.of();
        boolean verified = amcheck.isPresent() && major >= MAJOR_OF_HEAP_CHECKS;
        for (Relation table : tables) {
            progress.report(new Progress("checking tables of " + database, 0, 0));
            if (verified) {
                verify(connection, database, amcheck.get(), table);
            } else {
                sound(connection, database, table, "SELECT count(*) FROM " + table.name());
            }
        }
        for (Relation index : indexes) {
            progress.report(new Progress("checking indexes of " + database, 0, 0));
            sound(
                    connection,
                    database,
                    index,
                    "SELECT "
                            + amcheck.orElseThrow()
                            + ".bt_index_check("
                            + index.oid()
                            + ", true)");
        }
        return new RestoreCheck(
                "content of " + database + " sound",
                true,
                tables.size()
                        + (verified ? " tables verified, " : " tables read, ")
                        + (amcheck.isPresent()
                                ? indexes.size() + " indexes verified against them"
                                : "indexes not looked into: the extension amcheck is not"
                                        + " installed"));
    }

    /** Makes the extension where it is at hand; the schema of its functions, ready for SQL. */
    private static Optional<String> amcheck(WireConnection connection) {
        boolean atHand =
                !connection
                        .query("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'")
                        .isEmpty();
        if (!atHand) {
            return Optional.empty();
        }
        connection.query("CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog");
        return connection
                .query(
                        "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n"
                                + " ON n.oid = extnamespace WHERE extname = 'amcheck'")
                .stream()
                .map(row -> String.valueOf(row.getFirst()))
                .findFirst();
    }

    private static List<Relation> list(WireConnection connection, String sql) {
        return connection.query(sql).stream()
                .map(row ->
                        new Relation(String.valueOf(row.getFirst()), String.valueOf(row.get(1))))
                .toList();
    }

    /** verify_heapam answers with a row for each thing that is wrong. */
    private static void verify(
            WireConnection connection, String database, String schema, Relation table) {
        List<List<@Nullable String>> wrong =
                sound(
                        connection,
                        database,
                        table,
                        "SELECT blkno, offnum, msg FROM "
                                + schema
                                + ".verify_heapam("
                                + table.oid()
                                + ", on_error_stop => true)");
        if (!wrong.isEmpty()) {
            List<@Nullable String> first = wrong.getFirst();
            throw damaged(
                    database,
                    table,
                    "block " + first.getFirst() + ", row " + first.get(1) + ": " + first.get(2),
                    null);
        }
    }

    private static List<List<@Nullable String>> sound(
            WireConnection connection, String database, Relation relation, String sql) {
        try {
            return connection.query(sql);
        } catch (Failure failure) {
            if (failure.code() != Code.SERVER_ERROR) {
                throw failure;
            }
            throw damaged(database, relation, failure.message(), failure);
        }
    }

    private static Failure damaged(
            String database, Relation relation, String how, @Nullable Failure cause) {
        return new Failure(
                Code.DAMAGED_DATA,
                "the restored "
                        + relation.name()
                        + " in database "
                        + database
                        + " is not sound: "
                        + how,
                "check the same relation of the origin, with pg_amcheck for example; the drill's"
                        + " server was removed",
                cause);
    }

    private static RestoreCheck answer(WireConnection connection, DrillQuestion question) {
        List<List<@Nullable String>> rows;
        try {
            rows = connection.query(question.sql());
        } catch (Failure failure) {
            throw unanswered(question, failure.message(), failure);
        }
        boolean good = rows.size() == 1 && "t".equals(rows.getFirst().getFirst());
        if (!good) {
            String answer =
                    rows.isEmpty()
                            ? "no row"
                            : rows.size() > 1
                                    ? rows.size() + " rows"
                                    : String.valueOf(rows.getFirst().getFirst());
            throw unanswered(question, "the answer is " + answer, null);
        }
        return new RestoreCheck("question answered with true", true, question.sql());
    }

    private static Failure unanswered(DrillQuestion question, String how, @Nullable Failure cause) {
        return new Failure(
                Code.WRONG_ANSWER,
                "the restored database "
                        + question.database()
                        + " does not answer \""
                        + question.sql()
                        + "\" with true: "
                        + how,
                "ask the origin the same; a question is a query of one row that begins with true",
                cause);
    }
}
