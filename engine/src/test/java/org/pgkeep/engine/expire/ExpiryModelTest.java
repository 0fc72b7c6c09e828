package org.pgkeep.engine.expire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.expire.ArchiveFacts.Start;
import org.pgkeep.engine.wal.WalArchive.Stretch;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.SnapshotId;

/**
 * A model of a server's life: snapshots, promotions that leave a tail behind, holes, a clock of the
 * server's that is set back a little; and expiry, with what it says removed. After any sequence of
 * expiries each moment in the window that could be restored before still can be, and in the long
 * run no more is kept than a window's worth. {@code -Dpgkeep.seed=N} runs one seed, {@code
 * -Dpgkeep.seeds=N} so many.
 */
class ExpiryModelTest {
    private static final int RUNS = 300;
    private static final int SEGMENT = 1 << 20;
    private static final long BYTES_AN_HOUR = 3 * SEGMENT / 2;
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final RetentionPolicy POLICY = RetentionPolicy.DEFAULT;

    @Test
    void everyMomentInTheWindowThatWasRestorableStillIs() {
        Long only = Long.getLong("pgkeep.seed");
        long from = only == null ? 1 : only;
        long to = only == null ? Integer.getInteger("pgkeep.seeds", RUNS) : only;
        int removed = 0;
        int checked = 0;
        for (long seed = from; seed <= to; seed++) {
            Life life = new Life(seed);
            try {
                life.live();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            removed += life.removed;
            checked += life.checked;
        }
        assertThat(removed).as("snapshots that expired").isPositive();
        assertThat(checked).as("moments looked at").isPositive();
    }

    private static final class Life {
        final Random random;
        final List<Start> starts = new ArrayList<>();
        final Map<TimelineId, TimelineHistory> histories = new HashMap<>();
        final Map<TimelineId, List<Stretch>> held = new TreeMap<>();
        final Map<TimelineId, Instant> lastMoments = new HashMap<>();
        TimelineId current = TimelineId.FIRST;
        int hours;
        int removed;
        int checked;

        Life(long seed) {
            random = new Random(seed);
            histories.put(current, TimelineHistory.ofFirst());
            held.put(current, new ArrayList<>(List.of(new Stretch(at(0), at(1)))));
        }

        static Lsn at(int hour) {
            return new Lsn((hour + 10) * BYTES_AN_HOUR);
        }

        /** The server's clock, a little off now and then. */
        static Instant time(int hour) {
            long off = hour % 37 == 0 ? -90 : 0;
            return BEGIN.plus(Duration.ofHours(hour)).plus(Duration.ofMinutes(off));
        }

        void live() {
            for (int i = 0; i < 120; i++) {
                switch (random.nextInt(9)) {
                    case 0, 1, 2, 3 -> run(1 + random.nextInt(24), false);
                    case 4 -> run(1 + random.nextInt(8), random.nextInt(4) == 0);
                    case 5, 6 -> snapshot();
                    case 7 -> {
                        if (random.nextInt(6) == 0) {
                            promote();
                        }
                    }
                    default -> expire();
                }
            }
            run(24 * 40, false);
            snapshot();
            run(24 * 8, false);
            expire();
            assertThat(starts).as("nothing older is needed").hasSize(1);
        }

        void run(int more, boolean hole) {
            hours += more;
            List<Stretch> of = held.getOrDefault(current, new ArrayList<>());
            if (hole) {
                of.add(new Stretch(at(hours - more / 2), at(hours)));
            } else if (of.isEmpty()) {
                of.add(new Stretch(at(hours - more), at(hours)));
            } else {
                of.set(of.size() - 1, new Stretch(of.getLast().from(), at(hours)));
            }
            held.put(current, of);
        }

        void snapshot() {
            if (hours < 3) {
                return;
            }
            run(1, false);
            Start start =
                    new Start(
                            new SnapshotId(new UUID(7, random.nextLong())),
                            "b",
                            time(hours),
                            current,
                            at(hours - 1),
                            at(hours),
                            SEGMENT,
                            false);
            ArchiveFacts facts = facts();
            boolean whole =
                    !facts.reach(historyOf(current), start.startLsn()).isBefore(start.stopLsn());
            if (whole) {
                starts.add(start);
            }
        }

        private TimelineHistory historyOf(TimelineId timeline) {
            return histories.getOrDefault(timeline, TimelineHistory.ofFirst());
        }

        /** A standby takes over from some hours ago; the old one's tail was captured, too. */
        void promote() {
            int back = random.nextInt(5);
            Lsn left = at(hours - back).plus(12_345);
            TimelineHistory old = historyOf(current);
            boolean within = held.getOrDefault(current, List.of()).getLast().reaches(left);
            if (!within || !old.timelineAt(left).equals(current)) {
                return;
            }
            lastMoments.put(current, time(hours));
            TimelineId next = new TimelineId(current.value() + 1);
            List<TimelineHistory.Ancestor> ancestors = new ArrayList<>(old.ancestors());
            ancestors.add(new TimelineHistory.Ancestor(current, left, "no recovery target"));
            histories.put(next, new TimelineHistory(next, ancestors));
            current = next;
            hours++;
            held.put(next, new ArrayList<>(List.of(new Stretch(left.floor(SEGMENT), at(hours)))));
        }

        ArchiveFacts facts() {
            Map<TimelineId, TimelineHistory> there = new HashMap<>();
            histories.forEach((timeline, history) -> {
                boolean any =
                        !held.getOrDefault(timeline, List.of()).isEmpty()
                                || starts.stream()
                                        .anyMatch(each -> each.timeline().equals(timeline));
                if (any) {
                    there.put(timeline, history);
                }
            });
            return new ArchiveFacts(
                    starts, there, held, lastMoments, Map.of(), Optional.empty(), true);
        }

        void expire() {
            Instant now = time(hours);
            Set<String> before = restorable(now);
            Expiry expiry = Expiry.decide(facts(), POLICY, now);
            Set<SnapshotId> gone = new HashSet<>();
            for (Verdict verdict : expiry.verdicts()) {
                if (verdict instanceof Verdict.Expired expired) {
                    gone.add(expired.snapshot());
                }
            }
            removed += gone.size();
            starts.removeIf(each -> gone.contains(each.id()));
            for (TimelineId timeline : List.copyOf(held.keySet())) {
                held.put(
                        timeline,
                        without(held.getOrDefault(timeline, List.of()), expiry.unneeded(timeline)));
            }
            checked += before.size();
            assertThat(restorable(now)).containsAll(before);
        }

        /** Pieces of a segment that lie wholly inside go, as in the sweep. */
        private static List<Stretch> without(List<Stretch> of, List<Expiry.Span> gaps) {
            List<Stretch> left = new ArrayList<>();
            for (Stretch stretch : of) {
                Lsn at = stretch.from();
                while (at.isBefore(stretch.to())) {
                    Lsn from = at;
                    Lsn end = Lsn.min(at.floor(SEGMENT).plus(SEGMENT), stretch.to());
                    boolean goes =
                            gaps.stream()
                                    .anyMatch(gap ->
                                            !from.isBefore(gap.from()) && !end.isAfter(gap.to()));
                    if (!goes) {
                        Stretch last = left.isEmpty() ? null : left.getLast();
                        if (last != null && last.to().equals(from)) {
                            left.set(left.size() - 1, new Stretch(last.from(), end));
                        } else {
                            left.add(new Stretch(from, end));
                        }
                    }
                    at = end;
                }
            }
            return left;
        }

        /** Which hours of the window can be restored, on which timeline: as the planner does it. */
        private Set<String> restorable(Instant now) {
            Set<String> moments = new HashSet<>();
            ArchiveFacts facts = facts();
            for (TimelineHistory history : facts.histories().values()) {
                for (int hour = Math.max(0, hours - 7 * 24 + 3); hour <= hours; hour++) {
                    Instant moment = time(hour);
                    if (moment.isBefore(now.minus(POLICY.window()))
                            || !history.timelineAt(at(hour)).equals(history.timeline())) {
                        continue;
                    }
                    Optional<Start> start =
                            starts.stream()
                                    .filter(each -> each.isOn(history))
                                    .sorted(Comparator.comparing(Start::stopLsn))
                                    .filter(each -> !each.stoppedAt().isAfter(moment))
                                    .reduce((older, newer) -> newer);
                    if (start.isPresent()) {
                        Lsn reach = facts.reach(history, start.get().startLsn());
                        if (!reach.isBefore(Lsn.max(at(hour), start.get().stopLsn()))) {
                            moments.add(history.timeline() + "@" + hour);
                        }
                    }
                }
            }
            return moments;
        }
    }
}
