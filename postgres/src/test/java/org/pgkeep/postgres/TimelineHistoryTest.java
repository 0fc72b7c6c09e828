package org.pgkeep.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.TimelineHistory.Ancestor;

class TimelineHistoryTest {
    private static final TimelineId FIVE = new TimelineId(5);
    private static final String FILE =
            "1\t0/3000148\tno recovery target specified\n"
                    + "\n"
                    + "2\t0/5000000\tbefore 2026-01-01 10:00:00+00\n";

    private static TimelineHistory parse(String text) {
        return TimelineHistory.parse(FIVE, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsAncestorsOldestFirst() {
        assertThat(parse(FILE).ancestors())
                .containsExactly(
                        new Ancestor(
                                TimelineId.FIRST,
                                Lsn.parse("0/3000148"),
                                "no recovery target specified"),
                        new Ancestor(
                                new TimelineId(2),
                                Lsn.parse("0/5000000"),
                                "before 2026-01-01 10:00:00+00"));
    }

    @Test
    void writesWhatItReads() {
        TimelineHistory history = parse(FILE);
        assertThat(TimelineHistory.parse(FIVE, history.file())).isEqualTo(history);
    }

    @Test
    void passesOverCommentsAndAcceptsAMissingReason() {
        assertThat(parse("# made by hand\n1 0/3000148").ancestors())
                .isEqualTo(List.of(new Ancestor(TimelineId.FIRST, Lsn.parse("0/3000148"), "")));
    }

    @Test
    void tellsWhoWroteAByte() {
        TimelineHistory history = parse(FILE);
        assertThat(history.timelineAt(Lsn.parse("0/3000147"))).isEqualTo(TimelineId.FIRST);
        assertThat(history.timelineAt(Lsn.parse("0/3000148"))).isEqualTo(new TimelineId(2));
        assertThat(history.timelineAt(Lsn.parse("0/5000000"))).isEqualTo(FIVE);
    }

    @Test
    void tellsWhereItLeftAnAncestor() {
        assertThat(parse(FILE).switchPointOf(new TimelineId(2))).contains(Lsn.parse("0/5000000"));
        assertThat(parse(FILE).switchPointOf(new TimelineId(3))).isEmpty();
        assertThat(TimelineHistory.ofFirst().timelineAt(Lsn.parse("9/0")))
                .isEqualTo(TimelineId.FIRST);
    }

    @Test
    void refusesALineThatIsNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> parse("nonsense"));
        assertThatIllegalArgumentException().isThrownBy(() -> parse("1\tnowhere\twhy"));
    }
}
