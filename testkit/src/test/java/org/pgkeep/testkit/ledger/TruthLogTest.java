package org.pgkeep.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TruthLogTest {
    @TempDir Path folder;

    @Test
    void aFileReadsBackAsTheTruthThatWroteIt() {
        Path file = folder.resolve("truth");
        TruthLog log = TruthLog.begin("run-1", LedgerPlan.defaults().writers(2).truthFile(file));
        write(log);
        log.close();

        Truth read = Truth.read(file);

        assertThat(read.run()).isEqualTo("run-1");
        assertThat(read.writers()).isEqualTo(2);
        assertThat(read.transactions()).isEqualTo(log.truth().transactions()).hasSize(3);
        assertThat(read.acts()).isEqualTo(log.truth().acts()).hasSize(3);
        assertThat(read.transactions().stream().map(Truth.Transaction::outcome).toList())
                .hasExactlyElementsOfTypes(
                        Outcome.Committed.class, Outcome.RolledBack.class, Outcome.Unknown.class);
    }

    @Test
    void aLastLineCutOffByADeathIsLeftOut() throws Exception {
        Path file = folder.resolve("truth");
        TruthLog log = TruthLog.begin("run-1", LedgerPlan.defaults().writers(2).truthFile(file));
        write(log);
        log.close();
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.length() - 4));

        assertThat(Truth.read(file).transactions())
                .isEqualTo(log.truth().transactions().subList(0, 2));
    }

    @Test
    void refusesAForeignFile() throws Exception {
        Path file = Files.writeString(folder.resolve("foreign"), "something else\n");
        assertThatThrownBy(() -> Truth.read(file)).hasMessageContaining("no ledger's truth");
    }

    private static void write(TruthLog log) {
        long setup = log.begun(new Act.Deed.Setup());
        log.sent(TruthLog.ACTS, setup, 700, 1000, moment(1));
        log.acknowledged(TruthLog.ACTS, setup, moment(2));
        log.begun(new Act.Deed.VictimMade(12));
        log.begun(new Act.Deed.VictimDropped());
        log.sent(1, 1, 701, 2000, moment(3));
        log.acknowledged(1, 1, moment(4));
        log.sampled(1, 1, 2100, Optional.of(Instant.parse("2026-01-01T00:00:00.123456Z")));
        log.rolledBack(1, 2);
        log.sent(2, 1, 702, 3000, moment(5));
    }

    private static Commit.Moment moment(int number) {
        return new Commit.Moment(Instant.ofEpochSecond(1_700_000_000L + number, 5), number);
    }

    @Test
    void namesNumbersAsRanges() {
        assertThat(Judge.ranges(List.of(4L))).isEqualTo("1 transaction (4)");
        assertThat(Judge.ranges(List.of(1L, 2L, 3L, 7L, 9L, 10L)))
                .isEqualTo("6 transactions (1-3, 7, 9-10)");
    }

    @Test
    void readsPositionsAsPostgresWritesThem() {
        assertThat(Target.atLsn("16/B374D848")).isEqualTo(new Target.AtLsn(0x16B374D848L));
    }
}
