package org.pgkeep.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StartedServerIT {
    static List<PostgresBinaries> allVersions() {
        return PostgresBinaries.all();
    }

    @Test
    void everyServedVersionIsHere() {
        assertThat(allVersions())
                .extracting(PostgresBinaries::major)
                .containsExactly(13, 14, 15, 16, 17, 18);
        assertThat(PostgresBinaries.newest().major()).isEqualTo(18);
        assertThat(PostgresBinaries.rotating())
                .extracting(PostgresBinaries::major)
                .containsExactly(13, 15, 18);
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> PostgresBinaries.embedded(99))
                .isInstanceOf(PostgresNotFound.class)
                .hasMessageContaining("PostgreSQL 99")
                .hasMessageContaining("embedded");
        assertThatThrownBy(() -> PostgresBinaries.embedded(18).program("pg_waldump"))
                .isInstanceOf(PostgresNotFound.class)
                .hasMessageContaining("has no pg_waldump");
    }

    @ParameterizedTest
    @MethodSource("allVersions")
    void startsStopsAndLeavesNothingBehind(PostgresBinaries binaries) throws Exception {
        String segment;
        Path data;
        Path socket;
        long pid;
        try (TestServer server = TestServer.start(binaries)) {
            data = server.dataDirectory();
            pid = server.pid();
            socket = server.socketDirectory().resolve(".s.PGSQL." + server.port());
            assertThat(socket).exists();
            assertThat(server.value("show server_version")).startsWith(binaries.version());
            assertThat(server.value("show data_checksums")).isEqualTo("on");
            server.execute("create table kept (a int)", "insert into kept values (7)");

            server.restart();
            assertThat(server.value("select a from kept")).isEqualTo("7");
            server.stop(TestServer.StopMode.FAST);
            assertThat(server.isRunning()).isFalse();
            server.start();
            pid = server.pid();
            assertThat(Processes.lives(pid)).isTrue();
            segment = sharedMemorySegment(data);
            assertThat(sharedMemorySegments()).contains(segment);
        }
        assertThat(Processes.lives(pid)).isFalse();
        assertThat(data.getParent()).doesNotExist();
        assertThat(sharedMemorySegments()).doesNotContain(segment);
    }

    @Test
    void recoversAfterACrash() throws Exception {
        String segment;
        try (TestServer server =
                TestServer.start(
                        PostgresBinaries.of(15),
                        ServerSettings.defaults().durable().walSegmentMegabytes(1))) {
            server.execute("create table kept (a int)", "insert into kept values (7)");
            List<Long> children =
                    ProcessHandle.of(server.pid())
                            .orElseThrow()
                            .descendants()
                            .map(ProcessHandle::pid)
                            .toList();
            assertThat(children).isNotEmpty();

            server.crash();

            assertThat(children).noneMatch(Processes::lives);
            assertThat(server.isRunning()).isFalse();
            server.start();
            assertThat(server.value("select a from kept")).isEqualTo("7");
            assertThat(server.log()).contains("automatic recovery in progress");
            assertThat(server.run("psql", "-Atc", "show wal_segment_size", "postgres"))
                    .isEqualTo("1MB\n");
            segment = sharedMemorySegment(server.dataDirectory());
            server.crash();
            assertThat(sharedMemorySegments()).contains(segment);
        }
        assertThat(sharedMemorySegments()).doesNotContain(segment);
    }

    @Test
    void startsOnADataDirectoryThatIsThere() throws Exception {
        try (TestServer first = TestServer.start(PostgresBinaries.of(13))) {
            first.stop(TestServer.StopMode.FAST);
            try (TestServer second =
                            TestServer.startOver(PostgresBinaries.of(13), first.dataDirectory());
                    Connection connection = second.connection()) {
                assertThat(connection.isValid(1)).isTrue();
            }
            assertThat(first.dataDirectory()).exists();
        }
    }

    @Test
    void saysWhyAServerDoesNotStart() {
        assertThatThrownBy(() ->
                        TestServer.start(
                                PostgresBinaries.of(13),
                                ServerSettings.defaults().with("no_such_setting", "1")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no_such_setting");
    }

    private static String sharedMemorySegment(Path data) throws Exception {
        return words(Files.readAllLines(data.resolve("postmaster.pid")).get(6)).getLast();
    }

    private static List<String> sharedMemorySegments() throws Exception {
        return Files.readAllLines(Path.of("/proc/sysvipc/shm")).stream()
                .map(line -> words(line).get(1))
                .toList();
    }

    private static List<String> words(String line) {
        return List.of(line.strip().split(" +", -1));
    }
}
