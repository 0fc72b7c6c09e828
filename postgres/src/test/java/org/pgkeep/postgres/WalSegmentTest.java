package org.pgkeep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalSegmentTest {
    private static final int MIB = 1 << 20;

    // XLogFileName: the position divided by the segment size, split at 4 GiB
    @ParameterizedTest
    @CsvSource({
        "1, 0/1000000, 16, 000000010000000000000001",
        "1, 0/1FFFFFF, 16, 000000010000000000000001",
        "10, 1/0, 16, 0000000A0000000100000000",
        "1, 16/B374D848, 16, 0000000100000016000000B3",
        "1, 16/B374D848, 1, 000000010000001600000B37",
        "1, 16/B374D848, 1024, 000000010000001600000002",
    })
    void namesTheFileAsPostgresDoes(int timeline, String lsn, int mebibytes, String name) {
        WalSegment segment =
                WalSegment.containing(new TimelineId(timeline), Lsn.parse(lsn), mebibytes * MIB);
        assertThat(segment.fileName()).isEqualTo(name);
        assertThat(WalSegment.parse(name, mebibytes * MIB)).contains(segment);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000001000000000000000",
                "0000000100000000000000010",
                "00000001000000000000000g",
                "00000001000000000000000a",
                "000000010000000000000001.partial",
                "00000002.history",
                "000000000000000000000001",
                "000000010000000000000100"
            })
    void knowsWhatIsNoSegment(String name) {
        assertThat(WalSegment.parse(name, 16 * MIB)).isEmpty();
    }

    @Test
    void followsItsNeighbour() {
        WalSegment last = WalSegment.parse("0000000100000000000000FF", 16 * MIB).orElseThrow();
        assertThat(last.next().fileName()).isEqualTo("000000010000000100000000");
        assertThat(last.end()).isEqualTo(last.next().start()).isEqualTo(Lsn.parse("1/0"));
        assertThat(last.start()).isEqualTo(Lsn.parse("0/FF000000"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1 << 19, 3 << 20, Integer.MIN_VALUE})
    void refusesAnImpossibleSize(int bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WalSegment(TimelineId.FIRST, 1, bytes));
    }
}
