package org.pgkeep.vault.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.Seeded;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.TierSync;

/**
 * A whole vault with everything that works on it: a first tier in one place, in a place and its
 * pair, or in three locations; a second tier; programs that back up, delete, rotate keys, seal
 * anew, sweep, repair and synchronise, one between two steps of the other, and die at any step;
 * places that go away, lose answers and let a copy rot; a clock that jumps. One thread, one seed.
 *
 * <p>What must hold at any time: what was acknowledged and not deleted is there and reads right in
 * the first tier; whatever snapshot the second tier shows can be restored from it alone, and it
 * shows what was there before a pass after which nothing was lacking. In the end each single
 * location and the second tier restore everything alone.
 */
class TieredSimulationTest {
    private static final int STEPS = 50;

    @Seeded(24)
    void whatWasAcknowledgedIsRestorableWhateverHappens(long seed) {
        new World(seed).run();
    }

    private static final class World extends TieredWorld {
        World(long seed) {
            super(seed);
        }

        void run() {
            try {
                for (int i = 0; i < STEPS; i++) {
                    running = random.nextInt(programs.size());
                    act();
                    if (i % 4 == 3) {
                        look();
                    }
                }
                settle();
            } catch (RuntimeException | AssertionError e) {
                history.stream()
                        .skip(Math.max(0, history.size() - 80))
                        .forEach(System.err::println);
                throw e;
            }
        }

        private List<FaultyPlace> copies(List<FaultyPlace> places) {
            List<FaultyPlace> copies = new ArrayList<>();
            for (FaultyPlace place : places) {
                FaultyPlace copy = FaultyPlace.calm(place.number);
                copy.objects.putAll(place.objects);
                copy.away = place.away;
                copies.add(copy);
            }
            return copies;
        }

        /** An observer looks, at copies, so that looking mends nothing. */
        private void look() {
            // a paired region that was never compared is no vault yet
            boolean firstIsThere =
                    !first.getFirst().away
                            || shape == Shape.ZONE
                            || (shape == Shape.GEO && Vault.exists(copies(first).getLast()));
            if (firstIsThere) {
                ObjectStore store = store(copies(first));
                if (store instanceof GeoStore geo && !first.getFirst().away) {
                    // a copy that was just being replaced when its program died is in the pair
                    geo.copy();
                }
                Map<String, String> there =
                        TieredSamples.readAll(TieredSamples.open(store, chance));
                Set<String> missing = new LinkedHashSet<>(acknowledged);
                missing.removeAll(deleted);
                // the near place's last writes are not in the paired region yet
                if (shape != Shape.GEO || !first.getFirst().away) {
                    missing.removeAll(there.keySet());
                    assertThat(missing).as("missing in the first tier").isEmpty();
                }
                assertTrue(there);
            }
            lookAt(second, inSecond, "the second tier");
        }

        private void lookAt(FaultyPlace place, Set<String> expected, String what) {
            FaultyPlace copy = copies(List.of(place)).getFirst();
            copy.away = false;
            if (!Vault.exists(copy)) {
                assertThat(expected).as(what).isEmpty();
                return;
            }
            Map<String, String> there;
            try {
                there = TieredSamples.readAll(TieredSamples.open(copy, chance));
            } catch (Failure failure) {
                throw new AssertionError(what + ": " + failure.message(), failure);
            }
            assertTrue(there);
            assertThat(there.keySet()).as(what).containsAll(expected);
        }

        private void assertTrue(Map<String, String> there) {
            there.forEach(
                    (name, content) -> assertThat(content).as(name).isEqualTo(truth.get(name)));
        }

        /** Everything is back; the work that was begun is ended. */
        private void settle() {
            calm = true;
            first.forEach(place -> place.away = false);
            second.away = false;
            for (int i = 0; i < programs.size(); i++) {
                start(i);
            }
            Program program = Objects.requireNonNull(programs.getFirst());
            running = 0;
            for (int i = 0; i < 3; i++) {
                now = now.plus(ZoneRepair.MARK_AGE_MIN).plusSeconds(1);
                scrub(program);
                repair(program);
            }
            look();
            Set<String> all = new LinkedHashSet<>(acknowledged);
            TierSync.Status status =
                    program.sync.pass(check(program.vault), TierSync.Listener.NONE, () -> false);
            assertThat(status.lackingObjects()).as("lacking in the second tier").isZero();
            lookAt(second, all, "the second tier");
            all.removeAll(deleted);
            for (FaultyPlace place : first) {
                lookAt(place, all, "place " + place.number + " alone");
            }
        }
    }
}
