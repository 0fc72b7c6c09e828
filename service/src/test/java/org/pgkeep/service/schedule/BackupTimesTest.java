package org.pgkeep.service.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class BackupTimesTest {
    private static final ZoneId UTC = ZoneId.of("UTC");
    private static final ZoneId VIENNA = ZoneId.of("Europe/Vienna");

    @Test
    void findsTheNextTimeOfAnExpression() {
        // 21 November 2026 is a Saturday
        Instant from = Instant.parse("2026-11-21T16:29:30Z");
        assertThat(next("30 16 * * *", from)).isEqualTo("2026-11-21T16:30:00Z");
        assertThat(next("29 16 * * *", from)).isEqualTo("2026-11-22T16:29:00Z");
        assertThat(next("*/20 * * * *", from)).isEqualTo("2026-11-21T16:40:00Z");
        assertThat(next("5/20 * * * *", from)).isEqualTo("2026-11-21T16:45:00Z");
        assertThat(next("0 2,14 * * mon-fri", from)).isEqualTo("2026-11-23T02:00:00Z");
        assertThat(next("0 0 * * 7", from)).isEqualTo("2026-11-22T00:00:00Z");
        assertThat(next("0 0 1 JAN *", from)).isEqualTo("2027-01-01T00:00:00Z");
        assertThat(next("0 0 29 2 *", from)).isEqualTo("2028-02-29T00:00:00Z");
        // either day will do
        assertThat(next("0 0 25 * MON", from)).isEqualTo("2026-11-23T00:00:00Z");
        assertThat(next("0 0 25 * *", from)).isEqualTo("2026-11-25T00:00:00Z");
        // the time itself is over
        assertThat(next("30 16 * * *", Instant.parse("2026-11-21T16:30:00Z")))
                .isEqualTo("2026-11-22T16:30:00Z");
    }

    @Test
    void keepsToTheClocksOfAZone() {
        Cron cron = Cron.parse("30 2 * * *");
        // the clocks jump from 2 to 3 on 29 March 2026
        assertThat(cron.next(Instant.parse("2026-03-28T12:00:00Z"), VIENNA))
                .contains(Instant.parse("2026-03-29T01:30:00Z"));
        // and from 3 back to 2 on 25 October: 2:30 comes at 0:30 and at 1:30 UTC
        assertThat(cron.next(Instant.parse("2026-10-24T12:00:00Z"), VIENNA))
                .contains(Instant.parse("2026-10-25T00:30:00Z"));
        assertThat(cron.next(Instant.parse("2026-10-25T00:30:00Z"), VIENNA))
                .contains(Instant.parse("2026-10-26T01:30:00Z"));
    }

    @Test
    void makesUpForMissedTimesOnce() {
        BackupTimes times = BackupTimes.of(Map.of(BackupTimes.SCHEDULE, "0 * * * *"));
        Instant began = Instant.parse("2026-11-21T10:00:05Z");
        assertThat(times.isDue(began, Instant.parse("2026-11-21T10:59:59Z"))).isFalse();
        assertThat(times.isDue(began, Instant.parse("2026-11-21T11:00:00Z"))).isTrue();
        // down for a day: the one that is taken now counts for all of them
        Instant late = Instant.parse("2026-11-22T12:34:00Z");
        assertThat(times.isDue(began, late)).isTrue();
        assertThat(times.isDue(late, late.plusSeconds(60))).isFalse();
    }

    @Test
    void goesByTheIntervalWithoutASchedule() {
        BackupTimes times =
                BackupTimes.of(Map.of(BackupTimes.INTERVAL, "5", BackupTimes.SCHEDULE, "off"));
        Instant began = Instant.parse("2026-11-21T10:00:00Z");
        assertThat(times.isDue(began, began.plusSeconds(299))).isFalse();
        assertThat(times.isDue(began, began.plusSeconds(300))).isTrue();
    }

    @Test
    void avoidsHours() {
        BackupTimes times =
                BackupTimes.of(
                        Map.of(
                                BackupTimes.AVOID,
                                "08:00-18:00, 22:30-1:00",
                                BackupTimes.TIME_ZONE,
                                "Europe/Vienna"));
        assertThat(times.isAvoided(Instant.parse("2026-11-21T06:59:59Z"))).isFalse();
        assertThat(times.isAvoided(Instant.parse("2026-11-21T07:00:00Z"))).isTrue();
        assertThat(times.isAvoided(Instant.parse("2026-11-21T16:59:59Z"))).isTrue();
        assertThat(times.isAvoided(Instant.parse("2026-11-21T17:00:00Z"))).isFalse();
        assertThat(times.isAvoided(Instant.parse("2026-11-21T23:59:00Z"))).isTrue();
        assertThat(times.isAvoided(Instant.parse("2026-11-22T00:00:00Z"))).isFalse();
        assertThat(BackupTimes.of(Map.of()).isAvoided(Instant.EPOCH)).isFalse();
    }

    @Test
    void refusesWhatMakesNoSense() {
        for (String schedule :
                new String[] {
                    "",
                    "* * * *",
                    "60 * * * *",
                    "* 24 * * *",
                    "0 0 30 2 *",
                    "5-1 * * * *",
                    "a * * * *",
                    "*/0 * * * *",
                    "1--2 * * * *",
                    "0 0 * * FOO",
                    "0 0 0 * *"
                }) {
            assertRefused(BackupTimes.SCHEDULE, schedule);
        }
        for (String hours :
                new String[] {"", "8-18", "25:00-26:00", "08:00-08:00", "08:00-18:00,"}) {
            assertRefused(BackupTimes.AVOID, hours);
        }
        assertRefused(BackupTimes.TIME_ZONE, "Europe/Nowhere");
    }

    private static void assertRefused(String setting, String value) {
        assertThatThrownBy(() -> BackupTimes.of(Map.of(setting, value)))
                .as(value)
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> assertThat(failure.code()).isEqualTo(Code.BAD_ARGUMENT));
    }

    private static String next(String expression, Instant from) {
        Optional<Instant> next = Cron.parse(expression).next(from, UTC);
        return next.orElseThrow().toString();
    }
}
