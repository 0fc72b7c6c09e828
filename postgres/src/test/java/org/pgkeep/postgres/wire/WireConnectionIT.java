package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.TestCluster;

/** SQL over the wire, against one real server. */
@Timeout(120)
class WireConnectionIT {
    private static @Nullable TestCluster shared;

    @BeforeAll
    static void startServer() {
        shared = TestCluster.start(TestCluster.anyVersion());
    }

    @AfterAll
    static void stopServer() {
        cluster().close();
    }

    private static TestCluster cluster() {
        return java.util.Objects.requireNonNull(shared);
    }

    private static Failure failure(Runnable work) {
        return catchThrowableOfType(Failure.class, work::run);
    }

    private static String sqlState(Failure failure) {
        return ServerReport.of(failure).map(ServerReport::sqlState).orElse("none");
    }

    @Test
    void answersWithTheLastResultAsText() {
        try (WireConnection connection = cluster().connect()) {
            assertThat(connection.query("select 1; select 'ä€😀', null, ''; ").getFirst())
                    .containsExactly("ä€😀", null, "");
            assertThat(connection.query("select i from generate_series(1, 3) i"))
                    .isEqualTo(List.of(List.of("1"), List.of("2"), List.of("3")));
            assertThat(connection.query("select where false")).isEmpty();
            assertThat(connection.query("")).isEmpty();
            assertThat(connection.query("do $$begin raise notice 'passed over'; end$$")).isEmpty();
        }
    }

    @Test
    void takesARowOfMegabytes() {
        try (WireConnection connection = cluster().connect()) {
            String text = connection.query("select repeat('xy', 4000000)").getFirst().getFirst();
            assertThat(text).hasSize(8_000_000).endsWith("xy");
            assertThat(connection.query("select 1")).hasSize(1);
        }
    }

    @Test
    void reportsAnErrorAndGoesOn() {
        try (WireConnection connection = cluster().connect()) {
            Failure failure = failure(() -> connection.query("select 1; select 1 / 0; select 2"));

            assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
            assertThat(failure.message()).contains("ERROR", "division by zero", "22012");
            assertThat(sqlState(failure)).isEqualTo("22012");
            assertThat(connection.query("select 3")).isEqualTo(List.of(List.of("3")));
        }
    }

    @Test
    void staysUsableAfterCopyWasAskedFor() {
        try (WireConnection connection = cluster().connect()) {
            connection.query("create temporary table t (i int)");

            assertThat(connection.query("copy pg_class to stdout")).isEmpty();
            assertThat(sqlState(failure(() -> connection.query("copy t from stdin"))))
                    .isEqualTo("57014");
            assertThat(connection.query("select 1")).hasSize(1);
        }
    }

    @Test
    void knowsWhatTheServerSaysOfItself() {
        try (WireConnection connection = cluster().connect()) {
            assertThat(connection.version())
                    .isEqualTo(cluster().instance().installation().version());
            connection.query("set timezone = 'Pacific/Chatham'");
            assertThat(connection.parameter("TimeZone")).isEqualTo("Pacific/Chatham");
        }
    }

    @Test
    void tellsWhyALoginIsRefused() {
        Failure failure =
                failure(() ->
                        WireConnection.open(
                                        cluster().instance().socket(),
                                        Login.forQueries("bob", "nosuch", "test"))
                                .close());

        assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
        assertThat(sqlState(failure)).isEqualTo("3D000");
    }

    @Test
    void aSessionThatTheServerEndsIsUnreachable() {
        try (WireConnection connection = cluster().connect()) {
            Failure failure =
                    failure(() ->
                            connection.query("select pg_terminate_backend(pg_backend_pid())"));

            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(sqlState(failure)).isEqualTo("57P01");
            assertThat(failure(() -> connection.query("select 1")).code())
                    .isEqualTo(Code.SERVER_UNREACHABLE);
        }
    }

    @Test
    void abortFromAnotherThreadEndsAQuery() throws Exception {
        try (WireConnection sleeper = cluster().connect();
                WireConnection watcher = cluster().connect();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Failure> slept =
                    threads.submit(() -> failure(() -> sleeper.query("select pg_sleep(100)")));
            awaitRow(watcher, "select from pg_stat_activity where query like 'select pg_sl%'");

            sleeper.abort();

            assertThat(slept.get().code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(slept.get().message()).contains("aborted");
        }
    }

    @Test
    void anInterruptEndsAQuery() throws Exception {
        try (WireConnection sleeper = cluster().connect();
                WireConnection watcher = cluster().connect()) {
            CompletableFuture<Failure> slept = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .start(() ->
                                    slept.complete(
                                            failure(() -> sleeper.query("select pg_sleep(99)"))));
            awaitRow(watcher, "select from pg_stat_activity where query like 'select pg_sl%99%'");

            thread.interrupt();

            assertThat(slept.get().code()).isEqualTo(Code.INTERRUPTED);
            thread.join();
        }
    }

    @Test
    void twoConnectionsDoNotDisturbEachOther() throws ExecutionException, InterruptedException {
        try (WireConnection one = cluster().connect();
                WireConnection other = cluster().connect();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> first = threads.submit(() -> counts(one, 1_000));
            Future<Boolean> second = threads.submit(() -> counts(other, 5_000_000));

            assertThat(first.get()).isTrue();
            assertThat(second.get()).isTrue();
        }
    }

    private static boolean counts(WireConnection connection, int from) {
        for (int i = from; i < from + 300; i++) {
            if (!Integer.toString(i)
                    .equals(connection.query("select " + i).getFirst().getFirst())) {
                return false;
            }
        }
        return true;
    }

    private static void awaitRow(WireConnection connection, String sql) {
        while (connection.query(sql + " and pid <> pg_backend_pid()").isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
