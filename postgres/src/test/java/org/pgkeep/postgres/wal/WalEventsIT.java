package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;

/** Compares what the WAL of real servers says with what the servers said in SQL. */
class WalEventsIT {
    private static final int MIB = 1 << 20;

    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    private static boolean isLogical(PostgresBinaries binaries) {
        return binaries.major() % 2 == 0;
    }

    private static TestServer start(PostgresBinaries binaries) {
        return TestServer.start(
                binaries,
                ServerSettings.defaults()
                        .commitTimestamps()
                        .walSegmentMegabytes(1)
                        .with("wal_level", isLogical(binaries) ? "logical" : "replica")
                        .with("max_prepared_transactions", "20")
                        .with("autovacuum", "off")
                        .with("wal_keep_size", "1GB"));
    }

    /** Everything the WAL says so far. */
    private static List<WalEvent> events(TestServer server) {
        Lsn end = Lsn.parse(server.value("SELECT pg_current_wal_flush_lsn()"));
        WalEvents decoder = new WalEvents(server.binaries().major());
        List<WalEvent> events = new ArrayList<>();
        WalReader reader =
                WalFiles.of(server.dataDirectory(), MIB)
                        .read(record -> decoder.decode(record).ifPresent(events::add));
        assertThat(reader.end()).isGreaterThanOrEqualTo(end);
        return events;
    }

    private static <E extends WalEvent> List<E> ofType(List<WalEvent> events, Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    /** The event of a transaction that must be there exactly once. */
    private static <E extends WalEvent.TransactionEnd> E endOf(
            List<WalEvent> events, Class<E> type, long xid) {
        List<E> found = ofType(events, type).stream().filter(each -> each.xid() == xid).toList();
        assertThat(found).as("%s of %s", type.getSimpleName(), xid).hasSize(1);
        return found.getFirst();
    }

    /** Runs statements in one transaction that ends as told; answers its id. */
    private static long inTransaction(TestServer server, String end, String... statements)
            throws SQLException {
        try (Connection connection = server.connection();
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN");
            for (String sql : statements) {
                statement.execute(sql);
            }
            long xid;
            try (ResultSet result = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
                result.next();
                xid = Long.parseLong(result.getString(1));
            }
            statement.execute(end);
            return xid;
        }
    }

    private static Instant commitTime(TestServer server, long xid) {
        return instant(server, "pg_xact_commit_timestamp('" + xid + "'::xid)");
    }

    private static Instant instant(TestServer server, String expression) {
        String sql = "SELECT round(extract(epoch FROM " + expression + ") * 1000000)::bigint";
        return Instant.EPOCH.plus(Long.parseLong(server.value(sql)), ChronoUnit.MICROS);
    }

    /** The files of a table, its TOAST table, and all their indexes, as the catalog has them. */
    private static Set<RelationFile> files(TestServer server, String table) {
        String database =
                server.value("SELECT oid FROM pg_database WHERE datname = current_database()");
        String sql =
                "WITH tables AS (SELECT oid FROM pg_class WHERE relname = '"
                        + table
                        + "' UNION SELECT reltoastrelid FROM pg_class WHERE relname = '"
                        + table
                        + "') SELECT pg_relation_filenode(oid) FROM tables WHERE oid <> 0"
                        + " UNION SELECT pg_relation_filenode(indexrelid) FROM pg_index"
                        + " WHERE indrelid IN (SELECT oid FROM tables)";
        return server.query(sql).stream()
                .map(row ->
                        new RelationFile(
                                1663, Integer.parseInt(database), Integer.parseInt(row.getFirst())))
                .collect(Collectors.toSet());
    }

    private static final String BIG_TABLE = " (id int PRIMARY KEY, word text)";

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void tellsCommitsDropsAndTruncates(PostgresBinaries binaries) throws SQLException {
        try (TestServer server = start(binaries)) {
            List<Long> written = new ArrayList<>();
            for (String table : List.of("doomed", "emptied", "shrunk")) {
                written.add(
                        inTransaction(
                                server,
                                "COMMIT",
                                "CREATE TABLE " + table + BIG_TABLE,
                                "INSERT INTO "
                                        + table
                                        + " SELECT i, repeat('x', 500)"
                                        + " FROM generate_series(1, 500) i"));
            }
            Set<RelationFile> doomed = files(server, "doomed");
            Set<RelationFile> emptied = files(server, "emptied");
            Set<RelationFile> shrunk = files(server, "shrunk");
            assertThat(doomed).hasSize(4);
            long drop = inTransaction(server, "COMMIT", "DROP TABLE doomed");
            long truncate = inTransaction(server, "COMMIT", "TRUNCATE emptied");
            server.execute("DELETE FROM shrunk WHERE id > 100", "VACUUM shrunk");
            String blocksLeft = server.value("SELECT pg_relation_size('shrunk', 'main') / 8192");
            List<WalEvent> events = events(server);

            written.add(drop);
            written.add(truncate);
            for (long xid : written) {
                WalEvent.Commit commit = endOf(events, WalEvent.Commit.class, xid);
                assertThat(commit.time()).isEqualTo(commitTime(server, xid));
                assertThat(commit.committed()).isTrue();
            }
            assertThat(endOf(events, WalEvent.Commit.class, drop).dropped())
                    .containsExactlyInAnyOrderElementsOf(doomed);
            assertThat(created(events, drop)).isEmpty();
            assertThat(endOf(events, WalEvent.Commit.class, truncate).dropped())
                    .containsExactlyInAnyOrderElementsOf(emptied);
            assertThat(created(events, truncate)).isEqualTo(files(server, "emptied"));
            assertThat(ofType(events, WalEvent.RelationTruncated.class))
                    .filteredOn(each -> shrunk.contains(each.relation()))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.blocks()).isEqualTo(Long.parseLong(blocksLeft));
                        assertThat(each.flags()).isEqualTo(7);
                    });
        }
    }

    private static Set<RelationFile> created(List<WalEvent> events, long xid) {
        return ofType(events, WalEvent.RelationCreated.class).stream()
                .filter(each -> each.xid() == xid && each.fork() == 0)
                .map(WalEvent.RelationCreated::relation)
                .collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void tellsAbortsAndSubtransactions(PostgresBinaries binaries) throws SQLException {
        try (TestServer server = start(binaries)) {
            server.execute("CREATE TABLE t (name text)");
            long aborted =
                    inTransaction(
                            server,
                            "ROLLBACK",
                            "CREATE TABLE lost" + BIG_TABLE,
                            "SAVEPOINT a",
                            "INSERT INTO t VALUES ('lost')",
                            "RELEASE SAVEPOINT a");
            long committed =
                    inTransaction(
                            server,
                            "COMMIT",
                            "INSERT INTO t VALUES ('top')",
                            "SAVEPOINT a",
                            "INSERT INTO t VALUES ('a')",
                            "SAVEPOINT b",
                            "INSERT INTO t VALUES ('b')",
                            "ROLLBACK TO SAVEPOINT b",
                            "SAVEPOINT c",
                            "INSERT INTO t VALUES ('c')");
            List<WalEvent> events = events(server);
            WalEvent.Abort abort = endOf(events, WalEvent.Abort.class, aborted);
            assertThat(abort.dropped()).hasSize(4);
            assertThat(abort.subtransactions()).hasSize(1);
            assertThat(abort.committed()).isFalse();
            List<Long> visible =
                    server
                            .query("SELECT xmin::text FROM t WHERE name IN ('a', 'c') ORDER BY 1")
                            .stream()
                            .map(row -> Long.parseLong(row.getFirst()))
                            .toList();
            WalEvent.Commit commit = endOf(events, WalEvent.Commit.class, committed);
            // the savepoint that was rolled back to goes on under a new id, the parent of c's
            assertThat(commit.subtransactions())
                    .hasSize(3)
                    .containsAll(visible)
                    .doesNotContain(visible.getFirst() + 1);
            assertThat(commit.time()).isEqualTo(commitTime(server, committed));
            assertThat(endOf(events, WalEvent.Abort.class, visible.getFirst() + 1).committed())
                    .isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void tellsPreparedTransactions(PostgresBinaries binaries) throws SQLException {
        try (TestServer server = start(binaries)) {
            server.execute("CREATE TABLE old" + BIG_TABLE, "CREATE TABLE t (i int)");
            Set<RelationFile> old = files(server, "old");
            String name = "it's a gid: ü";
            String quoted = "'" + name.replace("'", "''") + "'";
            long kept =
                    inTransaction(
                            server,
                            "PREPARE TRANSACTION " + quoted,
                            "DROP TABLE old",
                            "CREATE TABLE fresh" + BIG_TABLE,
                            "SAVEPOINT a",
                            "INSERT INTO t VALUES (1)");
            Instant prepared = instant(server, "(SELECT prepared FROM pg_prepared_xacts)");
            long database =
                    Long.parseLong(
                            server.value(
                                    "SELECT oid FROM pg_database"
                                            + " WHERE datname = current_database()"));
            server.execute("COMMIT PREPARED " + quoted);
            Set<RelationFile> fresh = files(server, "fresh");
            long undone =
                    inTransaction(
                            server, "PREPARE TRANSACTION 'undone'", "CREATE TABLE n" + BIG_TABLE);
            server.execute("ROLLBACK PREPARED 'undone'");
            List<WalEvent> events = events(server);

            List<WalEvent.Prepare> prepares = ofType(events, WalEvent.Prepare.class);
            assertThat(prepares).extracting(WalEvent.Prepare::xid).containsExactly(kept, undone);
            WalEvent.Prepare first = prepares.getFirst();
            assertThat(first.gid()).isEqualTo(name);
            assertThat(first.database()).isEqualTo(database);
            assertThat(first.time()).isEqualTo(prepared);
            assertThat(first.subtransactions()).hasSize(1);
            assertThat(first.droppedOnCommit()).containsExactlyInAnyOrderElementsOf(old);
            assertThat(first.droppedOnAbort()).containsExactlyInAnyOrderElementsOf(fresh);

            WalEvent.CommitPrepared commit = endOf(events, WalEvent.CommitPrepared.class, kept);
            assertThat(commit.time()).isEqualTo(commitTime(server, kept));
            assertThat(commit.dropped()).containsExactlyInAnyOrderElementsOf(old);
            assertThat(commit.subtransactions()).isEqualTo(first.subtransactions());
            WalEvent.AbortPrepared abort = endOf(events, WalEvent.AbortPrepared.class, undone);
            assertThat(abort.dropped()).isEqualTo(prepares.get(1).droppedOnAbort());
            if (isLogical(binaries)) {
                assertThat(commit.gid()).contains(name);
                assertThat(abort.gid()).contains("undone");
            } else {
                assertThat(List.of(commit.gid(), abort.gid())).containsOnly(Optional.empty());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void tellsWhatTheServerNotesAboutItself(PostgresBinaries binaries) {
        try (TestServer server = start(binaries)) {
            Lsn point =
                    Lsn.parse(server.value("SELECT pg_create_restore_point('before the ürge')"));
            Lsn switched = Lsn.parse(server.value("SELECT pg_switch_wal()"));
            server.execute("CREATE TABLE t (i int)", "CHECKPOINT");
            List<WalEvent> events = events(server);
            assertThat(ofType(events, WalEvent.RestorePoint.class))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.name()).isEqualTo("before the ürge");
                        assertThat(each.end()).isEqualTo(point);
                        assertThat(each.time())
                                .isBetween(
                                        instant(server, "pg_postmaster_start_time()"),
                                        instant(server, "clock_timestamp()"));
                    });
            assertThat(ofType(events, WalEvent.SegmentSwitch.class))
                    .anySatisfy(each -> {
                        assertThat(each.end().floor(MIB)).isEqualTo(each.end());
                        assertThat(switched).isBetween(each.start(), each.end());
                    });
            List<String> control =
                    server.query(
                                    "SELECT checkpoint_lsn, redo_lsn, timeline_id,"
                                            + " full_page_writes FROM pg_control_checkpoint()")
                            .getFirst();
            WalEvent.Checkpoint last = ofType(events, WalEvent.Checkpoint.class).getLast();
            assertThat(last)
                    .isEqualTo(
                            new WalEvent.Checkpoint(
                                    Lsn.parse(control.get(0)),
                                    last.end(),
                                    false,
                                    Lsn.parse(control.get(1)),
                                    TimelineId.parse(control.get(2)),
                                    TimelineId.FIRST,
                                    control.get(3).equals("t"),
                                    instant(
                                            server,
                                            "(SELECT checkpoint_time FROM pg_control_checkpoint())"),
                                    OptionalInt.empty()));
            assertThat(ofType(events, WalEvent.Checkpoint.class))
                    .anySatisfy(each -> assertThat(each.shutdown()).isTrue());
            OptionalInt level =
                    binaries.major() >= 17
                            ? OptionalInt.of(isLogical(binaries) ? 2 : 1)
                            : OptionalInt.empty();
            // initdb's own, which knows nothing of our settings
            assertThat(ofType(events, WalEvent.Checkpoint.class))
                    .filteredOn(WalEvent.Checkpoint::shutdown)
                    .allSatisfy(each ->
                            assertThat(each.levelFromHere())
                                    .isEqualTo(level.isEmpty() ? level : OptionalInt.of(1)));
            assertThat(ofType(events, WalEvent.RedoPoint.class).isEmpty())
                    .isEqualTo(level.isEmpty());
            ofType(events, WalEvent.RedoPoint.class).stream()
                    .reduce((_, newer) -> newer)
                    .ifPresent(newest -> assertThat(newest.levelFromHere()).isEqualTo(level));
            WalEvent.ParameterChange parameters =
                    ofType(events, WalEvent.ParameterChange.class).getLast();
            assertThat(parameters.maxConnections()).isEqualTo(50);
            assertThat(parameters.maxWalSenders()).isEqualTo(10);
            assertThat(parameters.maxPreparedTransactions()).isEqualTo(20);
            assertThat(parameters.maxWorkerProcesses()).isEqualTo(8);
            assertThat(parameters.maxLocksPerTransaction()).isEqualTo(64);
            assertThat(parameters.walLevel()).isEqualTo(isLogical(binaries) ? 2 : 1);
            assertThat(parameters.walLogHints()).isFalse();
            assertThat(parameters.trackCommitTimestamp()).isTrue();
        }
    }
}
