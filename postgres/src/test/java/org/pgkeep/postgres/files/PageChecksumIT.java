package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.TestServer.StopMode;

/** Checks every page of clusters that real servers wrote. */
class PageChecksumIT {
    private static final Pattern SCANNED = Pattern.compile("Blocks scanned: +(\\d+)");

    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void agreesWithEveryPageOfACluster(PostgresBinaries binaries) throws IOException {
        try (TestServer server = TestServer.start(binaries)) {
            server.execute(
                    "CREATE TABLE t AS SELECT i, repeat(md5(i::text), 10) AS word"
                            + " FROM generate_series(1, 30000) i",
                    "CREATE INDEX ON t (word)",
                    "CREATE INDEX ON t USING hash (i)",
                    "DELETE FROM t WHERE i % 3 = 0",
                    "VACUUM t");
            server.stop(StopMode.FAST);
            ControlFile control =
                    ControlFile.read(server.dataDirectory().resolve("global/pg_control"));
            assertThat(control.hasDataChecksums()).isTrue();
            long pages = 0;
            for (DataFile each : DataDirectory.list(server.dataDirectory())) {
                if (each instanceof DataFile.RegularFile file && file.relation().isPresent()) {
                    pages += check(server, control, file, file.relation().get());
                }
            }
            assertThat(pages).isGreaterThan(5000);
            if (binaries.hasClientPrograms()) {
                String report =
                        server.run("pg_checksums", "--check", server.dataDirectory().toString());
                Matcher scanned = SCANNED.matcher(report);
                assertThat(scanned.find()).isTrue();
                assertThat(pages).isEqualTo(Long.parseLong(scanned.group(1)));
            }
        }
    }

    private static int check(
            TestServer server, ControlFile control, DataFile.RegularFile file, RelationPart part)
            throws IOException {
        byte[] bytes = Files.readAllBytes(server.dataDirectory().resolve(file.path()));
        assertThat(bytes).hasSize((int) file.bytes());
        long first = part.firstBlock(control.relationSegmentBlocks());
        int pages = bytes.length / PageChecksum.PAGE_BYTES;
        for (int page = 0; page < pages; page++) {
            int offset = page * PageChecksum.PAGE_BYTES;
            assertThat(PageChecksum.verify(bytes, offset, first + page))
                    .as("page %s of %s", page, file.path())
                    .isTrue();
            Lsn lsn = PageChecksum.lsn(bytes, offset);
            assertThat(lsn).isLessThanOrEqualTo(control.checkpoint());
            boolean isNew = bytes[offset + 14] == 0 && bytes[offset + 15] == 0;
            bytes[offset + 5000] ^= 1;
            assertThat(PageChecksum.verify(bytes, offset, first + page)).isFalse();
            bytes[offset + 5000] ^= 1;
            if (!isNew) {
                assertThat(PageChecksum.verify(bytes, offset, first + page + 1)).isFalse();
            }
        }
        return pages;
    }
}
