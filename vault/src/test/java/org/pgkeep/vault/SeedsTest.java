package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SeedsTest {
    private static final List<Long> SEEN = new ArrayList<>();

    @Seeded(3)
    void runsWithEachSeed(long seed) {
        SEEN.add(seed);
    }

    @AfterAll
    static void eachSeedWasThere() {
        if (Long.getLong("pgkeep.seed") == null && Long.getLong("pgkeep.seeds") == null) {
            assertThat(SEEN).containsExactly(1L, 2L, 3L);
        }
    }

    @Test
    void oneAloneOrManyFromTheFirstOn() {
        assertThat(Seeds.seeds(17L, 1, 5).toArray()).containsExactly(17);
        assertThat(Seeds.seeds(null, 1, 3).toArray()).containsExactly(1, 2, 3);
        assertThat(Seeds.seeds(null, 401, 2).toArray()).containsExactly(401, 402);
    }
}
