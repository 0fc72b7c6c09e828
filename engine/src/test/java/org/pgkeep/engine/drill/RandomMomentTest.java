package org.pgkeep.engine.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.RestorableRange;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class RandomMomentTest {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");

    private static RestorableRange range(Duration from, Duration to) {
        return new RestorableRange(
                TimelineId.FIRST, START.plus(from), Lsn.ZERO, START.plus(to), Lsn.ZERO);
    }

    private static List<Instant> moments(RestorableRange... ranges) {
        Random random = new Random(7);
        return Stream.generate(() -> RandomMoment.in(List.of(ranges), random).orElseThrow())
                .limit(1000)
                .toList();
    }

    @Test
    void choosesAmongAllRangesByTheirLengthAndNeverInAHole() {
        RestorableRange first = range(Duration.ZERO, Duration.ofHours(1));
        RestorableRange second = range(Duration.ofHours(10), Duration.ofHours(13));
        List<Instant> chosen = moments(first, second);
        assertThat(chosen)
                .allMatch(moment ->
                        Stream.of(first, second)
                                .anyMatch(range ->
                                        !moment.isBefore(range.fromTime())
                                                && !moment.isAfter(range.toTime())));
        assertThat(chosen.stream().filter(moment -> moment.isBefore(second.fromTime())))
                .hasSizeBetween(180, 320);
    }

    @Test
    void choosesTheOnlyMomentOfARangeWithoutLength() {
        assertThat(moments(range(Duration.ZERO, Duration.ZERO))).containsOnly(START);
        assertThat(RandomMoment.in(List.of(), new Random(7))).isEmpty();
    }
}
