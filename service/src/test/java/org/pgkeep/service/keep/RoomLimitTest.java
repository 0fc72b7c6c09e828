package org.pgkeep.service.keep;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoomLimitTest {
    private int asked;

    @Test
    void readsTheNumberOfItsTier() {
        Map<String, String> settings = Map.of("backupSizesMb", "1024,2048");
        assertThat(RoomLimit.of(settings, 1)).hasValue(1L << 30);
        assertThat(RoomLimit.of(settings, 2)).hasValue(2L << 30);
        assertThat(RoomLimit.of(settings, 3)).isEmpty();
        assertThat(RoomLimit.of(Map.of(), 1)).isEmpty();
    }

    @Test
    void shrinksTheWindowToWhatFitsAndNeverBelowItsLeast() {
        assertThat(fit(7, 35, 40)).isEqualTo(35);
        assertThat(asked).as("nothing to shrink, one question").isEqualTo(1);
        for (int room = 8; room < 35; room++) {
            asked = 0;
            assertThat(fit(7, 35, room)).isEqualTo(room);
            assertThat(asked).isLessThanOrEqualTo(7);
        }
        assertThat(fit(7, 35, 3)).as("the promise counts").isEqualTo(7);
    }

    /** A day takes one. */
    private long fit(int least, int most, long room) {
        return RoomLimit.fit(
                        Duration.ofDays(least),
                        Duration.ofDays(most),
                        room,
                        window -> {
                            asked++;
                            return window.toDays();
                        })
                .toDays();
    }
}
