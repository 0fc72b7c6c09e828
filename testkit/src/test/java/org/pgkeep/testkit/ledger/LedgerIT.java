package org.pgkeep.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;

class LedgerIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir Path folder;

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.all();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void isGoodOnTheServerItWroteTo(PostgresBinaries binaries) throws Exception {
        Path file = folder.resolve("truth");
        try (TestServer server =
                        TestServer.start(binaries, ServerSettings.defaults().commitTimestamps());
                Ledger ledger = Ledger.on(server.jdbcUrl(), LedgerPlan.defaults().truthFile(file));
                Connection connection = server.connection()) {
            ledger.setup(connection);
            ledger.makeVictim(50);
            ledger.start();
            ledger.awaitTransactions(200, PATIENCE);
            ledger.check(connection, Target.latest()).orThrow();
            ledger.pause();
            Check paused = ledger.check(connection, Target.at(ledger.mark())).orThrow();
            assertThat(paused.transactions())
                    .isEqualTo(ledger.transactions())
                    .isEqualTo(paused.expectedAtLeast())
                    .isEqualTo(paused.expectedAtMost());
            ledger.resume();
            ledger.awaitTransactions(100, PATIENCE);
            ledger.stop();

            Check check = ledger.check(connection, Target.latest()).orThrow();

            assertThat(check.transactions()).isEqualTo(ledger.transactions());
            assertThat(check.lastSeq()).containsOnlyKeys(1, 2, 3, 4);
            assertThat(Truth.read(file).check(connection, Target.latest())).isEqualTo(check);
            assertThat(ledger.truth().committed().flatMap(one -> one.commit().stream()))
                    .allSatisfy(commit -> assertThat(commit.committedAt()).isPresent())
                    .allSatisfy(commit -> assertThat(commit.lsnAfter()).isPresent());
            assertThat(ledger.truth().transactions().stream().map(Truth.Transaction::outcome))
                    .hasAtLeastOneElementOfType(Outcome.RolledBack.class);
            assertThat(ledger.troubles()).isEmpty();
        }
    }

    @Test
    void goesOnAfterCrashesOfItsServer() throws Exception {
        try (TestServer server = TestServer.start(PostgresBinaries.newest());
                Ledger ledger = Ledger.on(server.jdbcUrl(), LedgerPlan.defaults().writers(6))) {
            ledger.setup();
            ledger.start();
            for (int crash = 0; crash < 4; crash++) {
                ledger.awaitTransactions(100, PATIENCE);
                server.crash();
                server.start();
            }
            ledger.awaitTransactions(100, PATIENCE);
            server.crash();
            ledger.stop();
            server.start();

            try (Connection connection = server.connection()) {
                ledger.check(connection, Target.latest()).orThrow();
            }
            assertThat(ledger.troubles()).isNotEmpty();

            // those that stayed unknown are settled by the next start
            ledger.start();
            ledger.awaitTransactions(100, PATIENCE);
            ledger.stop();
            assertThat(ledger.truth().transactions().stream().map(Truth.Transaction::outcome))
                    .noneMatch(Outcome.Unknown.class::isInstance);
            try (Connection connection = server.connection()) {
                ledger.check(connection, Target.latest()).orThrow();
            }
        }
    }

    @Test
    void keepsItsPace() throws Exception {
        try (TestServer server = TestServer.start(PostgresBinaries.newest());
                Ledger ledger = Ledger.on(server.jdbcUrl(), LedgerPlan.defaults().pace(100))) {
            ledger.setup();
            long began = System.nanoTime();
            ledger.start();
            ledger.awaitTransactions(60, PATIENCE);
            ledger.stop();
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isGreaterThan(Duration.ofMillis(400));
        }
    }

    @Test
    void saysWhyItsWritersDoNotAdvance() throws Exception {
        try (TestServer server = TestServer.start(PostgresBinaries.newest());
                Ledger ledger = Ledger.on(server.jdbcUrl(), LedgerPlan.defaults().writers(1))) {
            ledger.start();
            assertThatThrownBy(() -> ledger.awaitTransactions(1, Duration.ofSeconds(1)))
                    .hasMessageContaining("\"ledger_entry\" does not exist");
        }
    }
}
