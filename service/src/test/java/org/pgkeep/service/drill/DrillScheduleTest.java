package org.pgkeep.service.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobId;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;

class DrillScheduleTest {
    private static final Instant BORN = Instant.parse("2026-03-01T00:00:00Z");

    private static ServerRow row(Map<String, String> settings) {
        return new ServerRow(
                new ServerId(new UUID(1, 1)),
                "default",
                "pg1",
                PostgresVersion.parse("15.1"),
                20_000,
                Wanted.RUNNING,
                settings,
                BORN,
                Optional.empty());
    }

    private static Job drill(Instant at) {
        return Job.pending(
                new JobId(new UUID(2, 2)),
                new Job.Order(
                        JobKind.DRILL,
                        new ServerId(new UUID(3, 3)),
                        "default",
                        "pg1",
                        "drill of pg1",
                        "{}",
                        Optional.empty(),
                        List.of()),
                at);
    }

    @Test
    void drillsWhenTheNewestIsAnIntervalAgoAndNoneIsUnderWay() {
        ServerRow weekly = row(Map.of("drillInterval", "1w"));
        Instant week = BORN.plus(Duration.ofDays(7));
        assertThat(DrillSchedule.isDue(weekly, Optional.empty(), week.minusMillis(1))).isFalse();
        assertThat(DrillSchedule.isDue(weekly, Optional.empty(), week)).isTrue();
        Job underWay = drill(week);
        Instant next = week.plus(Duration.ofDays(7));
        assertThat(DrillSchedule.isDue(weekly, Optional.of(underWay), next)).isFalse();
        Job done = underWay.succeeded("{}", week);
        assertThat(DrillSchedule.isDue(weekly, Optional.of(done), next.minusMillis(1))).isFalse();
        assertThat(DrillSchedule.isDue(weekly, Optional.of(done), next)).isTrue();
    }

    @Test
    void drillsNothingUnasked() {
        Instant late = BORN.plus(Duration.ofDays(700));
        assertThat(DrillSchedule.isDue(row(Map.of()), Optional.empty(), late)).isFalse();
        assertThat(DrillSchedule.isDue(row(Map.of("drillInterval", "off")), Optional.empty(), late))
                .isFalse();
    }

    @Test
    void asksWhatTheSettingsSay() {
        assertThat(DrillSchedule.questions(row(Map.of()))).isEmpty();
        assertThat(
                        DrillSchedule.questions(
                                row(
                                        Map.of(
                                                "drillQuestion",
                                                "select true",
                                                "drillDatabase",
                                                "app"))))
                .singleElement()
                .satisfies(question -> {
                    assertThat(question.database()).isEqualTo("app");
                    assertThat(question.sql()).isEqualTo("select true");
                });
    }
}
