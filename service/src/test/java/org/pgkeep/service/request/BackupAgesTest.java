package org.pgkeep.service.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.ServerId;

class BackupAgesTest {
    private static final ServerId SERVER = new ServerId(new UUID(1, 2));
    private static final Duration DAY = Duration.ofDays(1);

    private Instant now = Instant.parse("2026-03-04T05:06:07Z");
    private Optional<Instant> newest = Optional.empty();
    private int looks;
    private final BackupAges ages =
            new BackupAges(
                    id -> {
                        looks++;
                        return newest;
                    },
                    () -> now);

    @Test
    void asksTheVaultOnceAnHourWhileNoneIsDue() {
        newest = Optional.of(now);
        for (int i = 0; i < 2 * 60 * 10; i++) {
            assertThat(ages.isDue(SERVER, DAY)).isFalse();
            now = now.plusSeconds(30);
        }
        assertThat(looks).isEqualTo(10);
    }

    @Test
    void isDueWhenThereIsNoneAndWhenTheNewestIsOld() {
        assertThat(ages.isDue(SERVER, DAY)).isTrue();
        newest = Optional.of(now);
        assertThat(ages.isDue(SERVER, DAY)).isFalse();
        now = now.plus(DAY);
        assertThat(ages.isDue(SERVER, DAY)).isTrue();
        // taken by hand meanwhile
        newest = Optional.of(now.minusSeconds(5));
        assertThat(ages.isDue(SERVER, DAY)).isFalse();
    }

    @Test
    void listensToANewIntervalAndToAClockThatWasSetBack() {
        newest = Optional.of(now);
        now = now.plusSeconds(600);
        assertThat(ages.isDue(SERVER, DAY)).isFalse();
        assertThat(ages.isDue(SERVER, Duration.ofMinutes(5))).isTrue();
        int before = looks;
        now = now.minusSeconds(3600);
        newest = Optional.empty();
        assertThat(ages.isDue(SERVER, DAY)).isTrue();
        assertThat(looks).isGreaterThan(before);
    }
}
