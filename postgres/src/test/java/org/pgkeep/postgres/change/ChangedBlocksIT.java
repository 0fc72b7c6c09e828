package org.pgkeep.postgres.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.files.DataDirectory;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.postgres.files.RelationPart;
import org.pgkeep.postgres.wal.BlockReferences;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.postgres.wal.WalEvents;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.TestServer.StopMode;

/**
 * The map against the truth: the data directory before and after, each of a server that was shut
 * down, compared byte by byte.
 */
class ChangedBlocksIT {
    private static final int PAGE_BYTES = 8192;
    private static final int FILE_BLOCKS = 131_072;
    private static final int SEGMENT_BYTES = 16 << 20;

    /** More rounds of work with: -Dpgkeep.rounds=N. */
    private static final int ROUNDS = Integer.getInteger("pgkeep.rounds", 1);

    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    private static ServerSettings settings(PostgresBinaries binaries) {
        // with checksums even a hint bit is logged: nothing may change without a word
        return ServerSettings.defaults()
                .dataChecksums(true)
                .with("max_prepared_transactions", "5")
                .with("wal_level", binaries.major() % 2 == 0 ? "logical" : "replica")
                .with("wal_keep_size", "4GB")
                .with("max_wal_size", "4GB")
                .with("autovacuum", "off");
    }

    /** The ways there are to pack a page image; what a build does not know it refuses. */
    private static void compress(TestServer server, String how) {
        try {
            server.execute("ALTER SYSTEM SET wal_compression = '" + how + "'");
        } catch (IllegalStateException unknown) {
            server.execute("ALTER SYSTEM SET wal_compression = on");
        }
        server.execute("SELECT pg_reload_conf()");
    }

    private static void prepare(TestServer server) {
        server.execute(
                "CREATE TABLE heap (id int PRIMARY KEY, word text, place point, list int[])",
                "INSERT INTO heap SELECT i, md5(i::text), point(i % 97, i % 89), ARRAY[i, i % 100]"
                        + " FROM generate_series(1, 20000) i",
                "CREATE INDEX ON heap USING gin (list)",
                "CREATE INDEX ON heap USING gist (place)",
                "CREATE INDEX ON heap USING spgist (word)",
                "CREATE INDEX ON heap USING brin (id) WITH (pages_per_range = 2)",
                "CREATE INDEX ON heap USING hash (word)",
                "CREATE TABLE cut AS SELECT i, repeat('x', 500) AS body"
                        + " FROM generate_series(1, 5000) i",
                "CREATE TABLE kept AS SELECT i, repeat('x', 100) AS body"
                        + " FROM generate_series(1, 20000) i",
                "CREATE TABLE part (id int, word text) PARTITION BY RANGE (id)",
                "CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (100)",
                "CREATE UNLOGGED TABLE loose AS SELECT i FROM generate_series(1, 1000) i",
                "CREATE SEQUENCE counter",
                "CREATE TABLE gone AS SELECT i FROM generate_series(1, 1000) i",
                "CREATE TABLE emptied AS SELECT i FROM generate_series(1, 1000) i",
                "CREATE TABLE clustered AS SELECT (i * 7919) % 1000 AS i"
                        + " FROM generate_series(1, 1000) i",
                "CREATE INDEX clustering ON clustered (i)",
                "CREATE DATABASE dropped",
                "CREATE DATABASE moved",
                "VACUUM FREEZE",
                "CHECKPOINT");
    }

    private static void work(TestServer server, Path place, int round) {
        int major = server.binaries().major();
        String also = Integer.toString(round);
        Path copies = server.newDirectory("copies" + round).resolve("heap");
        server.execute(
                "UPDATE heap SET word = word || 'x', place = place + point(1, 1) WHERE id % 7 = 0",
                "DELETE FROM heap WHERE id BETWEEN 5000 AND 9000",
                "SELECT count(*) FROM heap WHERE word LIKE 'a%'",
                "VACUUM heap",
                "INSERT INTO heap SELECT i, md5(i::text), point(i % 97, i % 89), ARRAY[i, 3]"
                        + " FROM generate_series(5000, 9000) i",
                "SELECT brin_summarize_new_values(indexrelid::regclass) FROM pg_index"
                        + " WHERE indexrelid::regclass::text LIKE '%id_idx%'",
                "DELETE FROM cut WHERE i > 1000",
                "VACUUM cut",
                "INSERT INTO cut SELECT i, repeat('y', 500) FROM generate_series(1001, 2000) i",
                "SELECT * FROM kept WHERE i = 1 FOR UPDATE",
                "SELECT nextval('counter') FROM generate_series(1, 100)",
                "TRUNCATE emptied",
                "INSERT INTO emptied SELECT generate_series(1, 10)",
                "CLUSTER clustered USING clustering",
                "INSERT INTO part SELECT i, 'w' FROM generate_series(1, 99) i",
                "UPDATE loose SET i = i + 1",
                "CREATE TABLE IF NOT EXISTS made (i int, big text)",
                "INSERT INTO made SELECT i, (SELECT string_agg(md5((i * j)::text), '')"
                        + " FROM generate_series(1, 200) j) FROM generate_series(1, 50) i",
                "SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'))",
                "SELECT pg_logical_emit_message(true, 'p', repeat('m', 20000))",
                "BEGIN; CREATE TABLE pre"
                        + also
                        + " (i int); INSERT INTO pre"
                        + also
                        + " SELECT generate_series(1, 1000); PREPARE TRANSACTION 'one"
                        + also
                        + "'",
                "COMMIT PREPARED 'one" + also + "'",
                "BEGIN; CREATE TABLE undone (i int); INSERT INTO undone VALUES (1);"
                        + " PREPARE TRANSACTION 'two'",
                "ROLLBACK PREPARED 'two'",
                "BEGIN; CREATE TABLE rolled AS SELECT generate_series(1, 100); ROLLBACK",
                "BEGIN; SAVEPOINT a; CREATE TABLE sub" + also + " (i int); RELEASE a; COMMIT",
                "DROP TABLE IF EXISTS gone",
                "ALTER TABLE kept ALTER COLUMN i TYPE bigint",
                "REINDEX TABLE heap",
                "VACUUM FULL clustered",
                "CREATE MATERIALIZED VIEW view" + also + " AS SELECT * FROM kept WHERE i < 500",
                "REFRESH MATERIALIZED VIEW view" + also,
                "CREATE TEMPORARY TABLE temp (i int)",
                "INSERT INTO temp VALUES (1)",
                "COPY (SELECT id + 100000 * "
                        + also
                        + " + 50000, word FROM heap) TO '"
                        + copies
                        + "'",
                "COPY heap (id, word) FROM '" + copies + "'",
                "BEGIN; CREATE TABLE frozen"
                        + also
                        + " (id int, word text); COPY frozen"
                        + also
                        + " FROM '"
                        + copies
                        + "' WITH (FREEZE); COMMIT",
                // two lockers of one row
                "BEGIN; SELECT * FROM kept WHERE i = 2 FOR KEY SHARE; SAVEPOINT a;"
                        + " UPDATE kept SET body = 'z' WHERE i = 2; COMMIT",
                "ANALYZE",
                "SELECT pg_switch_wal()");
        if (round == 0) {
            server.execute(
                    "CREATE TABLESPACE away LOCATION '" + place + "'",
                    "DROP DATABASE dropped",
                    "ALTER DATABASE moved SET TABLESPACE away",
                    "VACUUM FULL pg_class");
        }
        server.execute(
                "CREATE TABLE far" + also + " TABLESPACE away AS SELECT * FROM kept LIMIT 3000",
                "CREATE DATABASE plain" + also);
        if (major >= 15) {
            server.execute("CREATE DATABASE copied" + also + " STRATEGY file_copy");
            server.execute("CREATE DATABASE logged" + also + " STRATEGY wal_log TABLESPACE away");
        }
        server.execute("UPDATE heap SET list = list || 7 WHERE id % 11 = 3");
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void namesEveryBlockThatDiffers(PostgresBinaries binaries) throws IOException {
        try (TestServer server = TestServer.start(binaries, settings(binaries))) {
            Path place = server.newDirectory("away");
            compress(server, List.of("off", "pglz", "lz4", "zstd").get(binaries.major() % 4));
            prepare(server);
            server.stop(StopMode.FAST);
            Lsn from = checkpoint(server);
            Map<RelationPart, byte[]> before = relations(server.dataDirectory());
            server.start();
            for (int round = 0; round < ROUNDS; round++) {
                work(server, place, round);
            }
            server.stop(StopMode.FAST);
            Map<RelationPart, byte[]> after = relations(server.dataDirectory());
            Read read = read(server, from);
            ChangedBlocks map = read.map();
            assertThat(map.reasons()).isEmpty();
            Set<String> missed = new HashSet<>();
            int differ = 0;
            int named = 0;
            for (Map.Entry<RelationPart, byte[]> file : after.entrySet()) {
                FileChanges changes = map.of(file.getKey(), FILE_BLOCKS);
                byte[] old = before.getOrDefault(file.getKey(), new byte[0]);
                byte[] now = file.getValue();
                for (int at = 0; at < now.length; at += PAGE_BYTES) {
                    int block = at / PAGE_BYTES;
                    boolean same = at < old.length ? same(old, now, at) : isZero(now, at);
                    differ += same ? 0 : 1;
                    named += changes.mayDiffer(block) ? 1 : 0;
                    if (!same && !changes.mayDiffer(block)) {
                        missed.add(file.getKey() + " block " + block);
                    }
                }
            }
            System.out.printf(
                    java.util.Locale.ROOT,
                    "PostgreSQL %d: %d MB of WAL, %d records, %d images opened; %d blocks differ, %d"
                            + " named of %d; map %d bytes%n",
                    binaries.major(),
                    read.bytes() >> 20,
                    read.records(),
                    read.images(),
                    differ,
                    named,
                    after.values().stream().mapToInt(each -> each.length / PAGE_BYTES).sum(),
                    packed(map).length);
            assertThat(missed).isEmpty();
            assertThat(differ).isGreaterThan(1000);
            assertThat(ChangedBlocks.read(new Unpacker(packed(map)))).isEqualTo(map);
            assertThat(read.union()).isEqualTo(map);
        }
    }

    private static byte[] packed(ChangedBlocks map) {
        Packer packer = new Packer(1 << 16);
        map.write(packer);
        return packer.bytes();
    }

    private static Lsn checkpoint(TestServer server) {
        ControlFile control = ControlFile.read(server.dataDirectory().resolve("global/pg_control"));
        assertThat(control.state()).isEqualTo(ControlFile.State.SHUT_DOWN);
        return control.checkpoint();
    }

    private record Read(
            ChangedBlocks map, ChangedBlocks union, int records, int images, long bytes) {}

    /** In one map, and in many small ones joined. */
    private static Read read(TestServer server, Lsn from) throws IOException {
        int major = server.binaries().major();
        WalEvents events = new WalEvents(major);
        ChangeCollector whole = new ChangeCollector(major);
        ChangedBlocks.Union union = new ChangedBlocks.Union();
        BlockReferences references = new BlockReferences(major);
        ChangeCollector[] part = {new ChangeCollector(major)};
        int[] counts = new int[2];
        WalReader reader = new WalReader(from, SEGMENT_BYTES);
        for (WalSegment segment : segments(server.dataDirectory(), from)) {
            if (reader.state() != WalReader.State.READING) {
                break;
            }
            byte[] bytes =
                    Files.readAllBytes(
                            server.dataDirectory().resolve("pg_wal").resolve(segment.fileName()));
            int skipped = (int) Math.max(0, from.minus(segment.start()));
            reader.feed(
                    bytes,
                    skipped,
                    bytes.length - skipped,
                    record -> {
                        Optional<WalEvent> event = events.decode(record);
                        whole.take(record, event);
                        part[0].take(record, event);
                        int blocks = references.read(record);
                        for (int i = 0; i < blocks; i++) {
                            if (references.hasImage(i)) {
                                counts[1]++;
                                assertThat(references.image(i)).hasSize(PAGE_BYTES);
                            }
                        }
                        if (++counts[0] % 1000 == 0) {
                            union.add(part[0].map());
                            part[0] = new ChangeCollector(major);
                        }
                    });
        }
        assertThat(reader.end()).isGreaterThan(checkpoint(server));
        return new Read(
                whole.map(),
                union.add(part[0].map()).map(),
                counts[0],
                counts[1],
                reader.end().minus(from));
    }

    private static List<WalSegment> segments(Path dataDirectory, Lsn from) throws IOException {
        try (Stream<Path> files = Files.list(dataDirectory.resolve("pg_wal"))) {
            return files.map(each -> WalSegment.parse(each.getFileName().toString(), SEGMENT_BYTES))
                    .flatMap(Optional::stream)
                    .filter(each -> each.end().isAfter(from))
                    .sorted((a, b) -> a.start().compareTo(b.start()))
                    .toList();
        }
    }

    /** Main and init forks, without the main forks of unlogged relations. */
    private static Map<RelationPart, byte[]> relations(Path dataDirectory) {
        Map<RelationPart, byte[]> found = new HashMap<>();
        List<DataFile.RegularFile> files = new ArrayList<>();
        for (DataFile each : DataDirectory.list(dataDirectory)) {
            if (each instanceof DataFile.RegularFile file && file.relation().isPresent()) {
                files.add(file);
            }
        }
        Set<RelationFile> unlogged = new HashSet<>();
        for (DataFile.RegularFile file : files) {
            RelationPart part = file.relation().orElseThrow();
            if (part.fork() == RelationPart.Fork.INIT) {
                unlogged.add(part.relation());
            }
        }
        for (DataFile.RegularFile file : files) {
            RelationPart part = file.relation().orElseThrow();
            boolean init = part.fork() == RelationPart.Fork.INIT;
            boolean main = part.fork() == RelationPart.Fork.MAIN;
            boolean logged = init || (main && !unlogged.contains(part.relation()));
            if (logged) {
                try {
                    found.put(part, Files.readAllBytes(dataDirectory.resolve(file.path())));
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            }
        }
        assertThat(found).hasSizeGreaterThan(200);
        return found;
    }

    private static boolean same(byte[] old, byte[] now, int at) {
        int end = Math.min(at + PAGE_BYTES, now.length);
        return Arrays.equals(old, at, Math.min(end, old.length), now, at, end);
    }

    private static boolean isZero(byte[] bytes, int at) {
        for (int i = at; i < Math.min(at + PAGE_BYTES, bytes.length); i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
