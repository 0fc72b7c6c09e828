package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;

/**
 * Reads what servers wrote, and lets the servers themselves read it: {@code pg_walinspect} says
 * what {@code pg_waldump} says, and comes with 15 and later.
 */
class WalInspectIT {
    private static final int SEGMENT_BYTES = 16 << 20;
    private static final List<String> FORKS = List.of("main", "fsm", "vm", "init");

    private static final Pattern BLOCK =
            Pattern.compile(
                    "blkref #\\d+: rel (\\d+/\\d+/\\d+)(?: fork (\\w+))? blk (\\d+)( \\(?FPW)?");

    static Stream<PostgresBinaries> versions() {
        return PostgresBinaries.all().stream().filter(each -> each.major() >= 15);
    }

    private static void work(TestServer server) {
        Path file = server.newDirectory("copies").resolve("t");
        Path place = server.newDirectory("away");
        server.execute(
                "CREATE TABLE t (id int PRIMARY KEY, word text, place point, list int[])",
                "CREATE INDEX ON t USING gin (list)",
                "CREATE INDEX ON t USING gist (place)",
                "CREATE INDEX ON t USING spgist (word)",
                "CREATE INDEX ON t USING brin (id) WITH (pages_per_range = 2)",
                "CREATE INDEX ON t USING hash (word)",
                "INSERT INTO t SELECT i, md5(i::text), point(i % 97, i % 89), ARRAY[i, i % 100]"
                        + " FROM generate_series(1, 8000) i",
                "COPY (SELECT id + 50000, word FROM t) TO '" + file + "'",
                "COPY t (id, word) FROM '" + file + "'",
                "BEGIN; CREATE TABLE frozen (id int, word text); COPY frozen FROM '"
                        + file
                        + "' WITH (FREEZE); COMMIT",
                "BEGIN; SELECT * FROM t WHERE id = 2 FOR KEY SHARE; SAVEPOINT a;"
                        + " UPDATE t SET word = 'z' WHERE id = 2; COMMIT",
                "DELETE FROM t WHERE id BETWEEN 3000 AND 6000",
                "VACUUM t",
                "CLUSTER t USING t_pkey",
                "VACUUM FULL frozen",
                "TRUNCATE frozen",
                "CREATE SEQUENCE s",
                "SELECT nextval('s') FROM generate_series(1, 100)",
                "SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'))",
                "SELECT pg_logical_emit_message(false, 'p', repeat('m', 3000000))",
                "BEGIN; CREATE TABLE p (i int); PREPARE TRANSACTION 'one'",
                "COMMIT PREPARED 'one'",
                "BEGIN; DROP TABLE p; PREPARE TRANSACTION 'two'",
                "ROLLBACK PREPARED 'two'",
                "CREATE TABLESPACE away LOCATION '" + place + "'",
                "CREATE TABLE far TABLESPACE away AS SELECT generate_series(1, 1000)",
                "CREATE DATABASE copied STRATEGY file_copy",
                "CREATE DATABASE logged STRATEGY wal_log TABLESPACE away",
                "DROP DATABASE copied",
                "SELECT pg_create_restore_point('here')",
                "SELECT pg_switch_wal()",
                "DROP TABLE t, p",
                "CHECKPOINT");
    }

    // issue 5, 6
    @ParameterizedTest
    @MethodSource("versions")
    void findsTheRecordsThatTheServerFinds(PostgresBinaries binaries) {
        ServerSettings settings =
                ServerSettings.defaults()
                        .with("max_prepared_transactions", "5")
                        .with("wal_compression", binaries.major() == 16 ? "pglz" : "off")
                        .with("wal_keep_size", "2GB");
        try (TestServer server = TestServer.start(binaries, settings)) {
            server.execute("CREATE EXTENSION pg_walinspect", "CHECKPOINT");
            Lsn from = Lsn.parse(server.value("SELECT pg_current_wal_insert_lsn()"));
            work(server);
            Lsn to = Lsn.parse(server.value("SELECT pg_current_wal_flush_lsn()"));
            List<String> found = new ArrayList<>();
            BlockReferences references = new BlockReferences(binaries.major());
            WalReader _ =
                    WalFiles.of(server.dataDirectory(), SEGMENT_BYTES)
                            .read(record -> {
                                if (!record.start().isBefore(from) && record.end().isBefore(to)) {
                                    found.add(line(record, references));
                                }
                            });
            List<String> expected = new ArrayList<>();
            for (List<String> row :
                    server.query(
                            "SELECT start_lsn, end_lsn, xid, resource_manager, record_length,"
                                    + " coalesce(block_ref, '') FROM pg_get_wal_records_info('"
                                    + from
                                    + "', '"
                                    + to
                                    + "')")) {
                Lsn end = Lsn.parse(row.get(1));
                if (end.isBefore(to)) {
                    expected.add(
                            String.join(" ", row.get(0), row.get(2), row.get(3), row.get(4))
                                    + blocks(row.get(5)));
                }
            }
            assertThat(expected).hasSizeGreaterThan(20_000);
            assertThat(found).isEqualTo(expected);
        }
    }

    private static String line(WalRecord record, BlockReferences references) {
        StringBuilder text = new StringBuilder();
        text.append(record.start()).append(' ').append(record.xid()).append(' ');
        text.append(WalReaderIT.RESOURCE_MANAGERS.get(record.resourceManager())).append(' ');
        text.append(record.totalLength());
        int count = references.read(record);
        for (int i = 0; i < count; i++) {
            text.append(' ').append(references.relationFile(i));
            text.append(' ').append(FORKS.get(references.fork(i)));
            text.append(' ').append(Integer.toUnsignedString(references.block(i)));
            text.append(references.hasImage(i) ? " FPW" : "");
        }
        return text.toString();
    }

    private static String blocks(String references) {
        StringBuilder text = new StringBuilder();
        Matcher block = BLOCK.matcher(references);
        while (block.find()) {
            text.append(' ').append(block.group(1)).append(' ');
            text.append(block.group(2) == null ? "main" : block.group(2)).append(' ');
            text.append(block.group(3)).append(block.group(4) == null ? "" : " FPW");
        }
        return text.toString();
    }
}
