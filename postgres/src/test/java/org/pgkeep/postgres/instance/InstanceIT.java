package org.pgkeep.postgres.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.wire.WireConnection;

/** Making, starting and stopping real servers. */
@Timeout(120)
class InstanceIT {
    static List<Installation> everyVersion() {
        return TestCluster.everyVersion();
    }

    private static Failure failure(Runnable work) {
        return catchThrowableOfType(Failure.class, work::run);
    }

    /** The same server as somebody sees it who did not start it. */
    private static Instance seenByAnother(TestCluster cluster) {
        Instance own = cluster.instance();
        return new Instance(
                own.installation(),
                own.dataDirectory(),
                own.socket(),
                own.user(),
                cluster.directory().resolve("other.log"));
    }

    private static String session(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[3];
    }

    @ParameterizedTest
    @MethodSource("everyVersion")
    void makesStartsAndStopsAClusterOfEveryVersion(Installation installation) throws IOException {
        try (TestCluster cluster = TestCluster.make(installation)) {
            Instance instance = cluster.instance();
            assertThat(instance.state()).isEqualTo(ServerState.GONE);
            assertThat(instance.isRunning()).isFalse();

            instance.start(TestCluster.PATIENCE);

            assertThat(instance.state()).isEqualTo(ServerState.READY);
            assertThat(cluster.value("show server_version"))
                    .startsWith(installation.version().text());
            assertThat(cluster.value("show server_encoding")).isEqualTo("UTF8");
            assertThat(cluster.value("show data_checksums")).isEqualTo("on");
            assertThat(cluster.value("select datcollate from pg_database limit 1"))
                    .isEqualTo("C.UTF-8");
            long pid = instance.pid().orElseThrow();
            assertThat(session(pid)).isEqualTo(Long.toString(pid));
            Object owner =
                    Files.getOwner(Path.of("/proc/" + pid), LinkOption.NOFOLLOW_LINKS).getName();
            assertThat(owner).isEqualTo(instance.user().name()).isNotEqualTo("root");

            instance.stop(StopMode.FAST, TestCluster.PATIENCE);

            assertThat(instance.state()).isEqualTo(ServerState.GONE);
            assertThat(instance.dataDirectory().resolve("postmaster.pid")).doesNotExist();
            assertThat(String.join("\n", instance.logTail())).contains("is shut down");
            instance.stop(StopMode.FAST, TestCluster.PATIENCE);
        }
    }

    @Test
    void refusesADirectoryWithSomethingInIt() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            assertThat(failure(() -> cluster.instance().initdb(List.of())).code())
                    .isEqualTo(Code.FOREIGN_DIRECTORY);
        }
    }

    @Test
    void showsWhatInitdbSaid() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            Instance another =
                    new Instance(
                            cluster.instance().installation(),
                            cluster.directory().resolve("another"),
                            cluster.instance().socket(),
                            cluster.instance().user());

            Failure failure = failure(() -> another.initdb(List.of("--wal-segsize=3")));

            assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
            assertThat(failure.message()).contains("--wal-segsize");
        }
    }

    @Test
    void aServerIsSeenByWhoDidNotStartIt() {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion())) {
            Instance other = seenByAnother(cluster);

            assertThat(other.isRunning()).isTrue();
            assertThat(other.pid()).isEqualTo(cluster.instance().pid());
            assertThat(other.awaitReady(Duration.ZERO)).isEqualTo(ServerState.READY);
            assertThat(failure(() -> other.start(TestCluster.PATIENCE)).code())
                    .isEqualTo(Code.WRONG_STATE);

            other.stop(StopMode.IMMEDIATE, TestCluster.PATIENCE);
            assertThat(cluster.instance().state()).isEqualTo(ServerState.GONE);
        }
    }

    @Test
    void aCrashedServerIsGoneAndStartsAgain() {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion())) {
            cluster.value("create table t as select 1 as a; select 1");
            cluster.crash();

            assertThat(cluster.instance().dataDirectory().resolve("postmaster.pid")).exists();
            assertThat(cluster.instance().isRunning()).isFalse();
            assertThat(seenByAnother(cluster).state()).isEqualTo(ServerState.GONE);

            startAfterCrash(cluster);
            assertThat(cluster.value("select a from t")).isEqualTo("1");
        }
    }

    /** The killed postmaster's children take a moment to notice; until then PostgreSQL refuses. */
    private static void startAfterCrash(TestCluster cluster) {
        while (ProcessTable.OF_THIS_MACHINE.anyWorksIn(cluster.instance().dataDirectory())) {
            Thread.onSpinWait();
        }
        cluster.instance().start(TestCluster.PATIENCE);
    }

    @Test
    void aRecycledProcessIdDoesNotPassForTheServerNorHinderIt() throws Exception {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion())) {
            Instance instance = cluster.instance();
            Path file = instance.dataDirectory().resolve("postmaster.pid");
            List<String> left = Files.readAllLines(file, StandardCharsets.UTF_8);
            cluster.crash();
            // The same user's process: PostgreSQL itself would take it for the old server.
            Process newcomer =
                    new ProcessBuilder(instance.user().command(List.of("sleep", "600"))).start();
            try {
                Files.writeString(
                        file, newcomer.pid() + "\n" + String.join("\n", left.subList(1, 8)) + "\n");

                assertThat(instance.isRunning()).isFalse();
                assertThat(seenByAnother(cluster).state()).isEqualTo(ServerState.GONE);
                startAfterCrash(cluster);
                assertThat(instance.pid()).isNotEqualTo(OptionalLong.of(newcomer.pid()));
            } finally {
                newcomer.destroyForcibly();
                newcomer.waitFor();
            }
        }
    }

    @Test
    void aStartThatFailsShowsTheLog() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            cluster.configure("shared_buffers = 'nonsense'");

            Failure failure = failure(() -> cluster.instance().start(TestCluster.PATIENCE));

            assertThat(failure.code()).isEqualTo(Code.SERVER_DID_NOT_START);
            assertThat(failure.message()).contains("nonsense", "exit code 1");
            assertThat(cluster.instance().state()).isEqualTo(ServerState.GONE);
        }
    }

    @Test
    void aFailureLateInTheStartShowsTheLogToo() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            cluster.write("recovery.signal", "");
            cluster.configure("logging_collector = on");

            Failure failure = failure(() -> cluster.instance().start(TestCluster.PATIENCE));

            assertThat(failure.code()).isEqualTo(Code.SERVER_DID_NOT_START);
            assertThat(failure.message()).contains("restore_command");
        }
    }

    @Test
    void aRecoveryThatTakesNoConnectionsCanBeWatched() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            Instance instance = cluster.instance();
            cluster.write("standby.signal", "");

            instance.startAndReturn(Map.of("hot_standby", "off"));

            assertThat(instance.state()).isIn(ServerState.STARTING, ServerState.STANDBY);
            assertThat(instance.await(EnumSet.of(ServerState.STANDBY), TestCluster.PATIENCE))
                    .isEqualTo(ServerState.STANDBY);
            Failure slow =
                    failure(() ->
                            instance.await(EnumSet.of(ServerState.READY), Duration.ofMillis(50)));
            assertThat(slow.code()).isEqualTo(Code.SERVER_DID_NOT_START);
            assertThat(slow.message()).contains("is STANDBY after");
            assertThat(instance.isRunning()).as("it is left alone").isTrue();
            assertThat(failure(cluster::connect).code()).isEqualTo(Code.SERVER_UNREACHABLE);
        }
    }

    @Test
    void survivesTheDeathOfWhoStartedIt() throws Exception {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            Instance instance = cluster.instance();
            Process parent =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home", ""), "bin", "java")
                                            .toString(),
                                    "-cp",
                                    System.getProperty("java.class.path", ""),
                                    StartAndSleep.class.getName(),
                                    instance.installation().binDirectory().toString(),
                                    instance.dataDirectory().toString(),
                                    instance.socket().directory().toString())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            assertThat(parent.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("started");

            parent.destroyForcibly();
            parent.waitFor();

            assertThat(instance.state()).isEqualTo(ServerState.READY);
            try (WireConnection connection = cluster.connect()) {
                assertThat(connection.query("select 1")).hasSize(1);
            }
        }
    }

    @Test
    void refusesASocketThatNoServerCouldHave() {
        try (TestCluster cluster = TestCluster.make(TestCluster.anyVersion())) {
            Instance own = cluster.instance();
            Instance tooLong =
                    new Instance(
                            own.installation(),
                            own.dataDirectory(),
                            new LocalSocket(cluster.directory().resolve("x".repeat(100)), 5432),
                            own.user());

            assertThat(failure(() -> tooLong.start(TestCluster.PATIENCE)).code())
                    .isEqualTo(Code.BAD_ARGUMENT);
        }
    }

    @Test
    void findsInstallationsNewestFirst() {
        List<Path> roots = everyVersion().stream().map(Installation::binDirectory).toList();

        List<Installation> found = Installations.find(roots);

        assertThat(found).containsAll(everyVersion());
        assertThat(found)
                .isSortedAccordingTo((a, b) -> b.version().compareTo(a.version()))
                .doesNotHaveDuplicates();
        Installation newest = found.getFirst();
        assertThat(Installations.ofMajor(newest.version().major(), roots)).isEqualTo(newest);
        assertThat(failure(() -> Installations.ofMajor(9, roots)).code())
                .isEqualTo(Code.NO_BINARIES);
    }
}
