package org.pgkeep.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScriptTest {
    private final Script script = new Script(7, 33);

    @Test
    void isAFunctionOfSeedWriterAndNumber() {
        assertThat(script.lines(2, 5))
                .usingRecursiveComparison()
                .isEqualTo(new Script(7, 33).lines(2, 5));
        assertThat(script.lines(2, 5).getFirst().payload())
                .hasSize(33)
                .isNotEqualTo(script.lines(2, 6).getFirst().payload())
                .isNotEqualTo(script.lines(3, 5).getFirst().payload())
                .isNotEqualTo(new Script(8, 33).lines(2, 5).getFirst().payload());
    }

    @Test
    void playsEveryKindWithinAHundredTransactions() {
        Set<Script.Kind> played = EnumSet.noneOf(Script.Kind.class);
        for (long seq = 1; seq <= 100; seq++) {
            played.add(script.kind(1, seq));
        }
        assertThat(played).containsExactlyInAnyOrder(Script.Kind.values());
    }

    @Test
    void movesAmountsBetweenTwoAccountsOfTheWriterAndNeverUndoesTheFirstLine() {
        for (long seq = 1; seq <= 300; seq++) {
            List<Script.Line> lines = script.lines(3, seq);
            assertThat(lines.getFirst().undone()).isFalse();
            assertThat(lines)
                    .allSatisfy(line -> {
                        assertThat(line.source()).isBetween(30, 39);
                        assertThat(line.target()).isBetween(30, 39);
                        assertThat(line.source()).isNotEqualTo(line.target());
                        assertThat(line.amount()).isPositive();
                    });
        }
    }

    @Test
    void keepsBigTransactionsNearABoundWhateverThePayload() {
        Script heavy = new Script(7, 100_000);
        for (long seq = 1; seq <= 100; seq++) {
            if (heavy.kind(1, seq) == Script.Kind.BIG) {
                assertThat(heavy.lines(1, seq)).hasSizeBetween(2, 4);
            }
        }
    }
}
