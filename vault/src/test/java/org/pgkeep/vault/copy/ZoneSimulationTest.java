package org.pgkeep.vault.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.StoredObject;

/**
 * Several writers on one zone, each with a store of its own as other processes have, one step at a
 * time in an order that a seed decides. Locations go away for any stretch, answers are lost,
 * writers die between any two steps. {@code -Dpgkeep.seed=N} runs one seed alone, {@code
 * -Dpgkeep.seeds=N} so many.
 *
 * <p>What must hold: of a name one value at most is ever told to be stored, and it is the one that
 * everybody reads then and for ever; what was deleted never comes back; when everything is back and
 * repaired, all three locations hold the same.
 */
class ZoneSimulationTest {
    private static final int RUNS = Integer.getInteger("pgkeep.seeds", 400);
    private static final int STEPS_MAX = 4_000;

    @Test
    void nobodyWinsTwiceAndNothingComesBackWhateverFails() {
        Long only = Long.getLong("pgkeep.seed");
        long from = only == null ? 1 : only;
        long to = only == null ? RUNS : only;
        int[] told = new int[3];
        for (long seed = from; seed <= to; seed++) {
            try {
                // a single process, too: it must keep stricter promises
                new World(seed, seed % 4 == 0 ? 1 : 3).run(told);
            } catch (RuntimeException | AssertionError | InterruptedException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        if (only == null) {
            // runs in which nothing happens prove nothing
            assertThat(told[0]).as("stored").isGreaterThan(RUNS);
            assertThat(told[1]).as("met another's").isGreaterThan(RUNS / 4);
            assertThat(told[2]).as("deleted").isGreaterThan(RUNS / 4);
        }
    }

    /** Ends a writer where it stands. */
    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** One run. All but the writers' own steps happens in the thread of the test. */
    private static final class World implements InstantSource {
        private final int processes;
        private final Random random;
        private final List<FaultyPlace> places = new ArrayList<>();
        private final List<Writer> writers = new ArrayList<>();
        private final List<String> history = new ArrayList<>();

        /** What was told to be stored under a name. */
        private final Map<ObjectName, byte[]> stored = new HashMap<>();

        private final Set<ObjectName> deleted = new HashSet<>();
        private final Set<ObjectName> deleting = new HashSet<>();
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");
        private @Nullable Writer running;
        private boolean calm;
        private int names = 2;

        World(long seed, int processes) {
            this.processes = processes;
            random = new Random(seed);
            for (int number = 1; number <= 3; number++) {
                places.add(new FaultyPlace(number, this::pass));
            }
            calm = true;
            ZoneFounding.found(List.copyOf(places), new UUID(1, seed));
            calm = false;
        }

        @Override
        public Instant instant() {
            return now;
        }

        /** Every step of every writer comes by here. */
        private boolean pass(FaultyPlace place, String step) {
            Writer writer = running;
            if (calm || writer == null) {
                return false;
            }
            writer.pause();
            if (writer.dying || random.nextInt(250) == 0) {
                throw new Died();
            }
            boolean lost = random.nextInt(25) == 0;
            history.add(
                    "writer "
                            + writer.number
                            + " at "
                            + place.number
                            + ": "
                            + step
                            + (place.away ? " (away)" : lost ? " (answer lost)" : ""));
            return lost;
        }

        void run(int[] told) throws InterruptedException {
            for (int i = 0; i < processes; i++) {
                writers.add(new Writer(i));
            }
            writers.forEach(Writer::start);
            try {
                for (int step = 0; step < STEPS_MAX && !allOver(); step++) {
                    weather();
                    Writer next = writers.get(random.nextInt(processes));
                    if (!next.over) {
                        next.resume();
                    }
                }
                writers.forEach(writer -> writer.dying = true);
                while (!allOver()) {
                    for (Writer writer : writers) {
                        if (!writer.over) {
                            writer.resume();
                        }
                    }
                }
                for (Writer writer : writers) {
                    writer.thread.join();
                    if (writer.bug != null) {
                        throw writer.bug;
                    }
                    told[0] += writer.told[0];
                    told[1] += writer.told[1];
                    told[2] += writer.told[2];
                }
                settle();
            } catch (RuntimeException | AssertionError e) {
                history.stream()
                        .skip(Math.max(0, history.size() - 150))
                        .forEach(System.err::println);
                throw e;
            }
        }

        private boolean allOver() {
            return writers.stream().allMatch(writer -> writer.over);
        }

        /** One location at most is away, and never another one before the first has caught up. */
        private void weather() {
            now = now.plusMillis(random.nextInt(3_000));
            if (random.nextInt(40) != 0) {
                return;
            }
            Optional<FaultyPlace> away = places.stream().filter(place -> place.away).findFirst();
            if (away.isPresent()) {
                away.get().away = false;
                history.add("place " + away.get().number + " is back");
            } else {
                FaultyPlace place = places.get(random.nextInt(3));
                place.away = true;
                history.add("place " + place.number + " goes away");
            }
        }

        /** Everything is back: what must hold now. */
        private void settle() {
            calm = true;
            running = null;
            places.forEach(place -> place.away = false);
            now = now.plus(ZoneRepair.MARK_AGE_MIN).plusSeconds(1);
            ZoneStore zone = store();
            for (int i = 0; i < 3; i++) {
                zone.repair().pass(CopyCheck.NONE);
            }
            assertThat(zone.repair().pass(CopyCheck.NONE).complete()).isTrue();
            stored.forEach((name, value) -> {
                if (!deleting.contains(name)) {
                    assertThat(zone.get(name)).as(name.text()).hasValue(value);
                }
            });
            deleted.stream()
                    .filter(this::staysAway)
                    .forEach(name -> assertThat(zone.get(name)).as(name.text()).isEmpty());
            for (FaultyPlace place : places) {
                Map<String, String> here = content(place);
                assertThat(here).as("place " + place.number).isEqualTo(content(places.get(0)));
                assertThat(here.keySet()).noneMatch(name -> name.startsWith(ZoneNames.OWN));
            }
        }

        /** Of other processes' packs it is enough that they would be swept again. */
        private boolean staysAway(ObjectName name) {
            return processes == 1 || ZoneNames.mayNeverComeBack(name);
        }

        private static Map<String, String> content(FaultyPlace place) {
            Map<String, String> content = new HashMap<>();
            place.objects.forEach((name, bytes) -> {
                if (!name.equals(ZoneNames.IDENTITY)) {
                    content.put(name.text(), new String(bytes, StandardCharsets.US_ASCII));
                }
            });
            return content;
        }

        private ZoneStore store() {
            return new ZoneStore(
                    List.<ObjectStore>copyOf(places), this, CopyEvents.NONE, Crew.inOrder());
        }

        /** One process. Runs only between resume and pause. */
        private final class Writer {
            private final int number;
            private final int[] told = new int[3];
            private final Semaphore mayRun = new Semaphore(0);
            private final Semaphore paused = new Semaphore(0);
            private final Thread thread;
            private volatile boolean over;
            private volatile boolean dying;
            private volatile @Nullable Error bug;

            Writer(int number) {
                this.number = number;
                this.thread = Thread.ofVirtual().unstarted(this::live);
            }

            void start() {
                thread.start();
            }

            void resume() {
                running = this;
                mayRun.release();
                paused.acquireUninterruptibly();
                running = null;
            }

            void pause() {
                paused.release();
                mayRun.acquireUninterruptibly();
            }

            private void live() {
                mayRun.acquireUninterruptibly();
                try {
                    ZoneStore zone = store();
                    for (int act = 0; act < 8; act++) {
                        try {
                            act(zone, act);
                        } catch (Died expected) {
                            if (dying) {
                                return;
                            }
                            history.add("writer " + number + " dies and starts anew");
                            zone = store();
                        }
                    }
                } catch (AssertionError e) {
                    bug = e;
                } catch (RuntimeException e) {
                    bug = new AssertionError("writer " + number + ": " + e, e);
                } finally {
                    over = true;
                    paused.release();
                }
            }

            private void act(ZoneStore zone, int act) {
                try {
                    switch (random.nextInt(10)) {
                        case 0, 1, 2, 3 -> put(zone, document(), act);
                        case 4 -> put(zone, ownPack(act), act);
                        case 5, 6 -> read(zone);
                        case 7 -> delete(zone);
                        default -> zone.repair().pass(CopyCheck.NONE);
                    }
                } catch (Failure unavailable) {
                    history.add("writer " + number + ": " + unavailable.message());
                }
            }

            /** Names that all writers want, a new one now and then. */
            private ObjectName document() {
                if (random.nextInt(4) == 0) {
                    names++;
                }
                return new ObjectName("archives/a/documents/d/" + (names - random.nextInt(2)));
            }

            private ObjectName ownPack(int act) {
                return new ObjectName("packs/aa/" + number + "-" + act);
            }

            private void put(ZoneStore zone, ObjectName name, int act) {
                if (deleting.contains(name)) {
                    return;
                }
                byte[] value =
                        (number + "." + act + " " + name).getBytes(StandardCharsets.US_ASCII);
                PutOutcome outcome = zone.putIfAbsent(name, value);
                history.add("writer " + number + " told " + outcome + " for " + name);
                if (outcome == PutOutcome.CREATED) {
                    told[0]++;
                    byte[] before = stored.putIfAbsent(name, value);
                    assertThat(before).as("two winners of " + name).isNull();
                } else {
                    told[1]++;
                }
                if (!ZoneNames.hasOneWriter(name) || outcome == PutOutcome.CREATED) {
                    long copies =
                            places.stream().filter(at -> at.objects.containsKey(name)).count();
                    if (!deleting.contains(name)) {
                        assertThat(copies).as("copies of " + name).isGreaterThanOrEqualTo(2);
                    }
                }
            }

            private void read(ZoneStore zone) {
                List<ObjectName> known = new ArrayList<>(stored.keySet());
                if (known.isEmpty()) {
                    return;
                }
                known.sort(null);
                ObjectName name = known.get(random.nextInt(known.size()));
                boolean wasDeleted = deleted.contains(name);
                Optional<byte[]> read = zone.get(name);
                history.add("writer " + number + " read " + name + " " + read.isPresent());
                if (wasDeleted && !staysAway(name)) {
                    return;
                }
                if (wasDeleted) {
                    assertThat(read).as("deleted " + name).isEmpty();
                } else if (!deleting.contains(name)) {
                    assertThat(read).as(name.text()).isPresent();
                    assertThat(Arrays.equals(read.get(), stored.get(name)))
                            .as("the winner of " + name)
                            .isTrue();
                    List<StoredObject> listing = zone.list("");
                    long answering =
                            zone.health().stream()
                                    .filter(each -> each.state() != LocationHealth.State.AWAY)
                                    .count();
                    if (!deleting.contains(name) && answering >= 2) {
                        assertThat(listing).anyMatch(object -> object.name().equals(name));
                    }
                }
            }

            private void delete(ZoneStore zone) {
                List<ObjectName> known = new ArrayList<>(stored.keySet());
                known.removeAll(deleting);
                if (known.isEmpty()) {
                    return;
                }
                known.sort(null);
                ObjectName name = known.get(random.nextInt(known.size()));
                deleting.add(name);
                zone.delete(name);
                deleted.add(name);
                told[2]++;
                history.add("writer " + number + " deleted " + name);
            }
        }
    }
}
