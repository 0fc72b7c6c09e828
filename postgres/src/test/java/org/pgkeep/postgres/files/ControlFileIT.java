package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.testkit.TestServer.StopMode;

/** Compares what is read from {@code pg_control} with what PostgreSQL reads from it. */
class ControlFileIT {
    static List<PostgresBinaries> everyMajorVersion() {
        return PostgresBinaries.all();
    }

    private static TestServer start(PostgresBinaries binaries) {
        return TestServer.start(
                binaries,
                ServerSettings.defaults()
                        .commitTimestamps()
                        .walSegmentMegabytes(4)
                        .dataChecksums(binaries.major() % 2 == 1)
                        .with("wal_level", "logical")
                        .with("wal_log_hints", "on")
                        .with("max_worker_processes", "11")
                        .with("max_prepared_transactions", "13")
                        .with("max_locks_per_transaction", "70"));
    }

    private static Path file(TestServer server) {
        return server.dataDirectory().resolve("global/pg_control");
    }

    @ParameterizedTest
    @MethodSource("everyMajorVersion")
    void readsWhatTheServerReads(PostgresBinaries binaries) throws IOException {
        try (TestServer server = start(binaries)) {
            server.execute("CREATE TABLE t (i int)", "CHECKPOINT");
            ControlFile control = ControlFile.read(file(server));
            List<String> system =
                    server.query(
                                    "SELECT pg_control_version, catalog_version_no,"
                                            + " system_identifier FROM pg_control_system()")
                            .getFirst();
            assertThat(control.pgControlVersion()).isEqualTo(Integer.parseInt(system.get(0)));
            assertThat(control.catalogVersion()).isEqualTo(Integer.parseInt(system.get(1)));
            assertThat(control.systemIdentifier()).isEqualTo(Long.parseUnsignedLong(system.get(2)));
            List<String> checkpoint =
                    server.query(
                                    "SELECT checkpoint_lsn, redo_lsn, timeline_id,"
                                            + " prev_timeline_id,"
                                            + " extract(epoch FROM checkpoint_time)::bigint"
                                            + " FROM pg_control_checkpoint()")
                            .getFirst();
            assertThat(control.checkpoint()).isEqualTo(Lsn.parse(checkpoint.get(0)));
            assertThat(control.redo()).isEqualTo(Lsn.parse(checkpoint.get(1)));
            assertThat(control.timeline()).isEqualTo(TimelineId.parse(checkpoint.get(2)));
            assertThat(control.previousTimeline()).isEqualTo(TimelineId.parse(checkpoint.get(3)));
            assertThat(control.checkpointTime())
                    .isEqualTo(Instant.ofEpochSecond(Long.parseLong(checkpoint.get(4))));
            List<String> init =
                    server.query(
                                    "SELECT database_block_size, blocks_per_segment,"
                                            + " wal_block_size, bytes_per_wal_segment,"
                                            + " data_page_checksum_version FROM pg_control_init()")
                            .getFirst();
            assertThat(
                            List.of(
                                    control.blockBytes(),
                                    control.relationSegmentBlocks(),
                                    control.walBlockBytes(),
                                    control.walSegmentBytes(),
                                    control.dataChecksumVersion()))
                    .hasToString(init.toString());
            assertThat(control.walSegmentBytes()).isEqualTo(4 << 20);
            assertThat(control.hasDataChecksums()).isEqualTo(binaries.major() % 2 == 1);
            assertThat(control.state()).isEqualTo(ControlFile.State.IN_PRODUCTION);
            assertThat(control.walLevel()).isEqualTo(2);
            assertThat(control.settings())
                    .isEqualTo(new ControlFile.Settings(50, 11, 10, 13, 70, true, true));
            server.stop(StopMode.FAST);
            assertThat(ControlFile.read(file(server)).state())
                    .isEqualTo(ControlFile.State.SHUT_DOWN);
            assertRefusesEveryFlippedBit(Files.readAllBytes(file(server)));
        }
    }

    private static void assertRefusesEveryFlippedBit(byte[] bytes) {
        for (int at = 0; at < 288; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 4;
            assertThatExceptionOfType(Failure.class).isThrownBy(() -> ControlFile.parse(damaged));
        }
    }

    @Test
    void readsWhatPgControldataReads() {
        Optional<PostgresBinaries> withTools =
                PostgresBinaries.all().stream()
                        .filter(PostgresBinaries::hasClientPrograms)
                        .findFirst();
        assumeTrue(withTools.isPresent(), "no installation here has pg_controldata");
        try (TestServer server = start(withTools.get())) {
            server.stop(StopMode.IMMEDIATE);
            ControlFile control = ControlFile.read(file(server));
            Map<String, String> told =
                    server.run("pg_controldata", server.dataDirectory().toString())
                            .lines()
                            .map(line -> line.split(":\\s+", 2))
                            .filter(words -> words.length == 2)
                            .collect(Collectors.toMap(words -> words[0], words -> words[1]));
            assertThat(told)
                    .containsEntry("Database cluster state", "in production")
                    .containsEntry(
                            "Database system identifier",
                            Long.toUnsignedString(control.systemIdentifier()))
                    .containsEntry("Latest checkpoint location", control.checkpoint().toString())
                    .containsEntry(
                            "Minimum recovery ending location",
                            control.minRecoveryPoint().toString())
                    .containsEntry(
                            "Min recovery ending loc's timeline",
                            Integer.toString(control.minRecoveryTimeline()))
                    .containsEntry(
                            "Bytes per WAL segment", Integer.toString(control.walSegmentBytes()))
                    .containsEntry(
                            "Data page checksum version",
                            Integer.toString(control.dataChecksumVersion()));
            assertThat(control.state()).isEqualTo(ControlFile.State.IN_PRODUCTION);
        }
    }
}
