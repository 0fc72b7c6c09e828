package org.pgkeep.service.keep;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.vault.tier.TierKeep;

class TierPolicyTest {
    private static final RetentionPolicy SERVER =
            RetentionPolicy.of(Map.of("retention", "14d", "keepWeekly", "4"));

    @Test
    void aTierThatSaysNothingKeepsAsTheServerSays() {
        assertThat(TierRetentions.policy(TierKeep.AS_SERVERS, SERVER)).isEqualTo(SERVER);
    }

    @Test
    void theTiersOwnWordCountsBeyondWhatServersMaySay() {
        assertThat(window(Optional.empty(), Optional.of(400))).isEqualTo(Duration.ofDays(400));
        assertThat(window(Optional.of(60), Optional.empty())).isEqualTo(Duration.ofDays(60));
        assertThat(window(Optional.of(20), Optional.of(70))).isEqualTo(Duration.ofDays(70));
    }

    @Test
    void aTierMayKeepLessThanTheFirst() {
        assertThat(window(Optional.empty(), Optional.of(8))).isEqualTo(Duration.ofDays(8));
        // its least alone is a promise, no limit
        assertThat(window(Optional.of(8), Optional.empty())).isEqualTo(Duration.ofDays(14));
    }

    @Test
    void longTermKeepsOfEitherStay() {
        TierKeep keep = new TierKeep(Optional.empty(), Optional.empty(), 2, 12, 0);
        RetentionPolicy policy = TierRetentions.policy(keep, SERVER);
        assertThat(policy.weekly()).isEqualTo(4);
        assertThat(policy.monthly()).isEqualTo(12);
        assertThat(policy.yearly()).isZero();
    }

    private static Duration window(Optional<Integer> least, Optional<Integer> most) {
        TierKeep keep =
                new TierKeep(least.map(Duration::ofDays), most.map(Duration::ofDays), 0, 0, 0);
        return TierRetentions.policy(keep, SERVER).window();
    }
}
