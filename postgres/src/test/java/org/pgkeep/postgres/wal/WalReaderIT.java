package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.TestServer.StopMode;

/** Reads what real servers wrote. The oracle is {@code pg_waldump}, or the server's own words. */
class WalReaderIT {
    private static final int MIB = 1 << 20;

    private static final Pattern WALDUMP_LINE =
            Pattern.compile(
                    "rmgr: (\\S+) +len \\(rec/tot\\): +(\\d+)/ *(\\d+), tx: +(\\d+), lsn: ([^,]+),(.*)");

    private static final Pattern WALDUMP_BLOCK =
            Pattern.compile(
                    "blkref #\\d+: rel (\\d+/\\d+/\\d+)(?: fork (\\w+))? blk (\\d+)( FPW)?");

    private static final List<String> FORKS = List.of("main", "fsm", "vm", "init");

    /** rmgrlist.h, 13 to 18. */
    static final List<String> RESOURCE_MANAGERS =
            List.of(
                    "XLOG",
                    "Transaction",
                    "Storage",
                    "CLOG",
                    "Database",
                    "Tablespace",
                    "MultiXact",
                    "RelMap",
                    "Standby",
                    "Heap2",
                    "Heap",
                    "Btree",
                    "Hash",
                    "Gin",
                    "Gist",
                    "Sequence",
                    "SPGist",
                    "BRIN",
                    "CommitTs",
                    "ReplicationOrigin",
                    "Generic",
                    "LogicalMessage");

    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    private static ServerSettings settings(int segmentMegabytes) {
        return ServerSettings.defaults()
                .walSegmentMegabytes(segmentMegabytes)
                .with("max_prepared_transactions", "20")
                .with("wal_keep_size", "4GB")
                .with("max_wal_size", "4GB");
    }

    private static String line(WalRecord record) {
        return String.join(
                " ",
                RESOURCE_MANAGERS.get(record.resourceManager()),
                Integer.toString(record.totalLength()),
                Long.toString(record.xid()),
                paddedLsn(record.start()));
    }

    private static String blocks(BlockReferences references, WalRecord record) {
        StringBuilder text = new StringBuilder();
        int count = references.read(record);
        for (int i = 0; i < count; i++) {
            text.append(' ')
                    .append(references.relationFile(i))
                    .append(' ')
                    .append(FORKS.get(references.fork(i)))
                    .append(' ')
                    .append(Integer.toUnsignedString(references.block(i)))
                    .append(references.hasImage(i) ? " FPW" : "");
        }
        return text.toString();
    }

    private static String blocks(String waldump) {
        StringBuilder text = new StringBuilder();
        Matcher block = WALDUMP_BLOCK.matcher(waldump);
        while (block.find()) {
            text.append(' ')
                    .append(block.group(1))
                    .append(' ')
                    .append(block.group(2) == null ? "main" : block.group(2))
                    .append(' ')
                    .append(block.group(3))
                    .append(block.group(4) == null ? "" : " FPW");
        }
        return text.toString();
    }

    /** As pg_waldump writes it: eight digits behind the slash. */
    private static String paddedLsn(Lsn lsn) {
        String text = lsn.toString();
        int slash = text.indexOf('/');
        return text.substring(0, slash + 1)
                + "0".repeat(9 - (text.length() - slash))
                + text.substring(slash + 1);
    }

    private static String fingerprint(WalRecord record) {
        CRC32C crc = new CRC32C();
        crc.update(record.buffer(), record.offset(), record.length());
        return line(record) + " " + record.end() + " " + record.info() + " " + crc.getValue();
    }

    private static void load(TestServer server) {
        server.execute(
                "CREATE TABLE t (id bigint PRIMARY KEY, word text, body text)",
                "INSERT INTO t SELECT i, md5(i::text), repeat(md5(i::text), 20)"
                        + " FROM generate_series(1, 20000) i",
                "CREATE INDEX ON t USING gin (to_tsvector('simple', word))",
                "CREATE INDEX ON t USING brin (id)",
                "CREATE INDEX ON t USING hash (word)",
                "DO $$ BEGIN FOR i IN 1..2000 LOOP UPDATE t SET word = word || 'x' WHERE id = i;"
                        + " COMMIT; END LOOP; END $$",
                "DO $$ BEGIN FOR i IN 1..200 LOOP BEGIN INSERT INTO t VALUES (i, '', '');"
                        + " EXCEPTION WHEN unique_violation THEN NULL; END; END LOOP; END $$",
                "SELECT pg_logical_emit_message(false, 'big', repeat('0123456789', 500000))",
                "SELECT pg_logical_emit_message(true, 'mid', repeat('0123456789', 3000))",
                "SELECT pg_switch_wal()",
                "CREATE DATABASE other",
                "CREATE UNLOGGED TABLE u AS SELECT i FROM generate_series(1, 1000) i",
                "DELETE FROM t WHERE id > 10000",
                "VACUUM t",
                "TRUNCATE t",
                "CREATE SEQUENCE s",
                "SELECT nextval('s') FROM generate_series(1, 500)",
                "BEGIN; CREATE TABLE p (i int); INSERT INTO p VALUES (1); PREPARE TRANSACTION 'a'",
                "COMMIT PREPARED 'a'",
                "BEGIN; DROP TABLE p; PREPARE TRANSACTION 'b'",
                "ROLLBACK PREPARED 'b'",
                "SELECT pg_switch_wal()",
                "SELECT pg_logical_emit_message(false, 'huge', repeat('x', 30000000))",
                "CHECKPOINT",
                "DROP TABLE t, u, p",
                "DROP DATABASE other");
    }

    @Test
    void findsTheRecordsThatPgWaldumpFinds() {
        Optional<PostgresBinaries> withTools =
                PostgresBinaries.all().stream()
                        .filter(PostgresBinaries::hasClientPrograms)
                        .findFirst();
        assumeTrue(withTools.isPresent(), "no installation here has pg_waldump");
        try (TestServer server = TestServer.start(withTools.get(), settings(16))) {
            server.run("pgbench", "--initialize", "--scale=4", "--quiet", "postgres");
            server.run("pgbench", "--client=4", "--transactions=2000", "--no-vacuum", "postgres");
            load(server);
            server.crash();
            server.start();
            server.run("pgbench", "--client=2", "--transactions=100", "--no-vacuum", "postgres");
            server.stop(StopMode.FAST);
            WalFiles wal = WalFiles.of(server.dataDirectory(), 16 * MIB);
            List<String> found = new ArrayList<>();
            BlockReferences references = new BlockReferences(server.binaries().major());
            WalReader reader =
                    wal.read(record -> found.add(line(record) + blocks(references, record)));
            WalSegment first = wal.segments().iterator().next();
            String dump =
                    server.run(
                            "pg_waldump",
                            "--path=" + wal.folder(),
                            "--end=" + reader.end(),
                            first.fileName(),
                            WalSegment.containing(TimelineId.FIRST, reader.end(), 16 * MIB)
                                    .fileName());
            assertThat(reader.end().minus(first.start())).isGreaterThan(80L * MIB);
            List<String> expected = new ArrayList<>();
            for (String line : dump.split("\n", -1)) {
                Matcher words = WALDUMP_LINE.matcher(line);
                if (words.matches()) {
                    expected.add(
                            String.join(
                                    " ",
                                    words.group(1),
                                    words.group(3),
                                    words.group(4),
                                    words.group(5) + blocks(words.group(6))));
                }
            }
            assertThat(expected).hasSizeGreaterThan(50_000);
            assertThat(found).isEqualTo(expected);
            assertEndsAtTheShutdownCheckpoint(server.dataDirectory(), reader, found);
        }
    }

    private static void assertEndsAtTheShutdownCheckpoint(
            Path dataDirectory, WalReader reader, List<String> found) {
        ControlFile control = ControlFile.read(dataDirectory.resolve("global/pg_control"));
        assertThat(control.state()).isEqualTo(ControlFile.State.SHUT_DOWN);
        assertThat(found.getLast()).contains(paddedLsn(control.checkpoint()));
        assertThat(reader.state()).isNotEqualTo(WalReader.State.READING);
        assertThat(reader.systemIdentifier()).hasValue(control.systemIdentifier());
        assertThat(reader.timeline()).contains(TimelineId.FIRST);
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void readsTheSameInWhateverPieces(PostgresBinaries binaries) {
        int segmentBytes = binaries.major() % 2 == 0 ? MIB : 16 * MIB;
        try (TestServer server = TestServer.start(binaries, settings(segmentBytes / MIB))) {
            load(server);
            server.stop(StopMode.FAST);
            WalFiles wal = WalFiles.of(server.dataDirectory(), segmentBytes);
            List<String> whole = new ArrayList<>();
            WalReader reader = wal.read(record -> whole.add(fingerprint(record)));
            assertThat(reader.majorVersion()).hasValue(binaries.major());
            assertEndsAtTheShutdownCheckpoint(server.dataDirectory(), reader, whole);
            byte[] bytes = upTo(wal, reader.end());
            Lsn start = wal.segments().iterator().next().start();
            for (int most : new int[] {9, 5000, 200_000}) {
                List<String> pieces = feedInPieces(start, segmentBytes, bytes, most);
                assertThat(pieces).isEqualTo(whole);
            }
            WalPages pages = new WalPages(segmentBytes, reader.systemIdentifier());
            assertThat(pages.check(TimelineId.FIRST, start, bytes, 0, bytes.length)).isEmpty();
            assertEveryDamagedRecordIsNoticed(start, segmentBytes, bytes);
        }
    }

    private static byte[] upTo(WalFiles wal, Lsn end) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (WalSegment segment : wal.segments()) {
            if (segment.start().isBefore(end)) {
                int length = (int) Math.min(wal.segmentBytes(), end.minus(segment.start()));
                out.write(wal.bytes(segment), 0, length);
            }
        }
        return out.toByteArray();
    }

    private static List<String> feedInPieces(Lsn start, int segmentBytes, byte[] bytes, int most) {
        Random lengths = new Random(most);
        List<String> found = new ArrayList<>();
        WalReader reader = new WalReader(start, segmentBytes);
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(1 + lengths.nextInt(most), bytes.length - at);
            byte[] piece = Arrays.copyOfRange(bytes, at, at + length);
            reader.feed(piece, 0, length, record -> found.add(fingerprint(record)));
            Arrays.fill(piece, (byte) 0x5A); // the reader must not look at it again
            at += length;
        }
        assertThat(reader.state()).isEqualTo(WalReader.State.READING);
        return found;
    }

    private record Place(Lsn start, int length) {}

    /** One bit of each of 2000 records that lie inside a page. */
    private static void assertEveryDamagedRecordIsNoticed(
            Lsn start, int segmentBytes, byte[] bytes) {
        List<Place> places = new ArrayList<>();
        new WalReader(start, segmentBytes)
                .feed(
                        bytes,
                        0,
                        bytes.length,
                        record -> places.add(new Place(record.start(), record.totalLength())));
        places.removeIf(place ->
                !place.start()
                        .floor(WalPages.PAGE_BYTES)
                        .equals(place.start().plus(place.length() - 1).floor(WalPages.PAGE_BYTES)));
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            Place place = places.get(random.nextInt(places.size()));
            int from = (int) place.start().minus(start);
            byte[] rest = Arrays.copyOfRange(bytes, from, Math.min(from + 65_536, bytes.length));
            int bit = random.nextInt(8 * place.length());
            rest[bit / 8] ^= (byte) (1 << bit % 8);
            WalReader reader = new WalReader(place.start(), segmentBytes);
            reader.feed(rest, 0, rest.length, WalReaderIT::refuse);
            assertThat(reader.end()).isEqualTo(place.start());
        }
    }

    private static void refuse(WalRecord record) {
        throw new AssertionError("handed over a damaged " + record);
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void followsAPromotionOntoTheNewTimeline(PostgresBinaries binaries) throws Exception {
        try (TestServer server = TestServer.start(binaries, settings(1))) {
            server.execute("CREATE TABLE t (i int)", "INSERT INTO t SELECT generate_series(1, 9)");
            server.stop(StopMode.FAST);
            Path signal = Files.createFile(server.dataDirectory().resolve("standby.signal"));
            Files.setPosixFilePermissions(signal, PosixFilePermissions.fromString("rw-rw-rw-"));
            server.start();
            assertThat(server.value("SELECT pg_promote(true, 60)")).isEqualTo("t");
            // the page on which timeline 1 ended keeps its header: write more than a page
            server.execute("INSERT INTO t SELECT generate_series(1, 1000)");
            Lsn end = Lsn.parse(server.value("SELECT pg_current_wal_flush_lsn()"));
            List<WalEvent> events = new ArrayList<>();
            WalEvents decoder = new WalEvents(binaries.major());
            WalReader reader =
                    WalFiles.of(server.dataDirectory(), MIB)
                            .read(record -> decoder.decode(record).ifPresent(events::add));
            assertThat(reader.end()).isGreaterThanOrEqualTo(end);
            assertThat(reader.timeline()).contains(new TimelineId(2));
            assertThat(events)
                    .filteredOn(WalEvent.EndOfRecovery.class::isInstance)
                    .singleElement()
                    .isInstanceOfSatisfying(
                            WalEvent.EndOfRecovery.class,
                            each -> {
                                assertThat(each.timeline()).isEqualTo(new TimelineId(2));
                                assertThat(each.previousTimeline()).isEqualTo(TimelineId.FIRST);
                            });
        }
    }
}
