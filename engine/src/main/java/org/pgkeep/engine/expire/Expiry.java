package org.pgkeep.engine.expire;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.pgkeep.engine.expire.ArchiveFacts.Start;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.SnapshotId;

/**
 * Which snapshots and which WAL of a server stay. Decided from what can be restored, never from
 * names or from how old an object is.
 *
 * <p>The promise: every moment in the window that can be restored, still can be, on every timeline
 * that has such moments. A moment is restored from the newest snapshot before it, in the order of
 * the log, since clocks are set back; so on each timeline the newest snapshot before the window
 * stays, and everything behind it (a window of 7 days keeps 8), with all WAL from its start on.
 * When its pages are damaged or its WAL has a hole before it is consistent, the one before stays,
 * too. A snapshot that stays for another reason keeps the WAL that makes it consistent.
 *
 * @param verdicts on each snapshot, oldest first
 * @param needed what is needed of each timeline's WAL; of timelines that are not in it, nothing
 * @param ends whether nothing of the archive is wanted any more
 */
public record Expiry(List<Verdict> verdicts, Map<TimelineId, List<Span>> needed, boolean ends) {
    /** The end of what is still being written. */
    static final Lsn OPEN = new Lsn(-1L);

    /**
     * WAL from a position to before another, which is {@link #OPEN} where it has no end.
     *
     * @param from its first byte
     * @param to behind its last byte
     */
    public record Span(Lsn from, Lsn to) {}

    public Expiry {
        verdicts = List.copyOf(verdicts);
        needed = Map.copyOf(needed);
    }

    /**
     * Decides.
     *
     * @param now the moment up to which time has certainly passed
     */
    public static Expiry decide(ArchiveFacts facts, RetentionPolicy policy, Instant now) {
        return new Decision(facts, policy, now).decide();
    }

    /** The verdict on a snapshot; empty for one that was not there. */
    public Optional<Verdict> of(SnapshotId snapshot) {
        return verdicts.stream().filter(each -> each.snapshot().equals(snapshot)).findFirst();
    }

    /** What is not needed of a timeline's WAL. */
    public List<Span> unneeded(TimelineId timeline) {
        List<Span> spans = new ArrayList<>(needed.getOrDefault(timeline, List.of()));
        spans.sort(Comparator.comparing(Span::from).thenComparing(Span::to));
        List<Span> gaps = new ArrayList<>();
        Lsn at = Lsn.ZERO;
        for (Span span : spans) {
            if (span.from().isAfter(at)) {
                gaps.add(new Span(at, span.from()));
            }
            at = Lsn.max(at, span.to());
        }
        if (at.isBefore(OPEN)) {
            gaps.add(new Span(at, OPEN));
        }
        return gaps;
    }

    static String day(Instant at) {
        return at.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** One decision. */
    private static final class Decision {
        private final ArchiveFacts facts;
        private final RetentionPolicy policy;
        private final Instant now;
        private final Instant windowStart;
        private final Map<SnapshotId, List<String>> reasons = new HashMap<>();
        private final Map<SnapshotId, Optional<Instant>> ends = new HashMap<>();
        private final Map<TimelineId, List<Span>> needed = new TreeMap<>();

        Decision(ArchiveFacts facts, RetentionPolicy policy, Instant now) {
            this.facts = facts;
            this.policy = policy;
            this.now = now;
            this.windowStart = now.minus(policy.window());
        }

        Expiry decide() {
            if (!facts.whole()) {
                facts.histories().keySet().forEach(this::needAll);
                facts.snapshots()
                        .forEach(each ->
                                keep(
                                        each,
                                        "something in the archive can't be read, so nothing"
                                                + " expires",
                                        Optional.empty()));
                return new Expiry(verdicts(), needed, false);
            }
            boolean moments = false;
            for (TimelineHistory tip : facts.tips()) {
                moments |= keepWindow(tip);
            }
            facts.pinned()
                    .forEach((id, why) ->
                            start(id)
                                    .ifPresent(each -> {
                                        keep(
                                                each,
                                                why.isEmpty() ? "pinned" : "pinned: " + why,
                                                Optional.empty());
                                        needToBeConsistent(each);
                                    }));
            keepLongTerm("week", policy.weekly(), Decision::week, ChronoUnit.WEEKS);
            keepLongTerm(
                    "month",
                    policy.monthly(),
                    day -> day.getYear() * 12 + day.getMonthValue(),
                    ChronoUnit.MONTHS);
            keepLongTerm("year", policy.yearly(), LocalDate::getYear, ChronoUnit.YEARS);
            boolean over = facts.deletedAt().isPresent() && !moments && reasons.isEmpty();
            return new Expiry(verdicts(), needed, over);
        }

        // ---- the window

        /** Keeps what a timeline's moments in the window need; false where it has none. */
        private boolean keepWindow(TimelineHistory tip) {
            Optional<Instant> last = lastMoment(tip);
            if (last.isPresent() && last.get().isBefore(windowStart)) {
                return false;
            }
            // in the order of the log: clocks are set back
            List<Start> starts =
                    facts.snapshots().stream()
                            .filter(each -> each.isOn(tip))
                            .sorted(Comparator.comparing(Start::stopLsn))
                            .toList();
            if (starts.isEmpty()) {
                // the first one may be on its way
                tip.ancestors().forEach(each -> needAll(each.timeline()));
                needAll(tip.timeline());
                return true;
            }
            int base = base(tip, starts);
            for (int i = base; i < starts.size(); i++) {
                keep(starts.get(i), why(starts, i, last), end(starts, i, last));
            }
            needFrom(tip, starts.get(base));
            return true;
        }

        /** The newest one before the window, or the one before it where that is not sound. */
        private int base(TimelineHistory tip, List<Start> starts) {
            int newest = -1;
            for (int i = 0; i < starts.size(); i++) {
                newest = starts.get(i).stoppedAt().isAfter(windowStart) ? newest : i;
            }
            for (int i = newest; i > 0; i--) {
                Start each = starts.get(i);
                boolean whole = !facts.reach(tip, each.startLsn()).isBefore(each.stopLsn());
                if (whole && !each.damaged()) {
                    return i;
                }
            }
            return 0;
        }

        private String why(List<Start> starts, int i, Optional<Instant> last) {
            Start each = starts.get(i);
            Instant from = each.stoppedAt().isBefore(windowStart) ? windowStart : each.stoppedAt();
            boolean newest = i == starts.size() - 1;
            if (!newest && starts.get(i + 1).stoppedAt().isBefore(from)) {
                return "the backup after it is not sound";
            }
            Optional<Instant> to = newest ? last : Optional.of(starts.get(i + 1).stoppedAt());
            return "needed for restore points from "
                    + day(from)
                    + to.map(until -> " to " + day(until)).orElse(" on");
        }

        /** A snapshot goes when a later one is older than the window, or its timeline is. */
        private Optional<Instant> end(List<Start> starts, int i, Optional<Instant> last) {
            Optional<Instant> later =
                    starts.subList(i + 1, starts.size()).stream()
                            .filter(each -> !each.damaged())
                            .map(each -> each.stoppedAt().plus(policy.window()))
                            .min(Comparator.naturalOrder());
            Optional<Instant> over = last.map(at -> at.plus(policy.window()));
            return later.filter(at -> over.isEmpty() || at.isBefore(over.get())).or(() -> over);
        }

        /** The newest moment of a timeline that is not written any more. */
        private Optional<Instant> lastMoment(TimelineHistory tip) {
            if (facts.newest().equals(Optional.of(tip.timeline()))) {
                return facts.deletedAt();
            }
            Optional<Instant> known = Optional.ofNullable(facts.lastMoments().get(tip.timeline()));
            return known.or(facts::deletedAt);
        }

        // ---- other reasons

        private void keepLongTerm(
                String word, int count, ToIntFunction<LocalDate> number, ChronoUnit unit) {
            if (count == 0) {
                return;
            }
            int newest = number.applyAsInt(date(now));
            Map<Integer, Start> first = new LinkedHashMap<>();
            facts.snapshots().stream()
                    .sorted(Comparator.comparing(Start::stoppedAt))
                    .filter(each -> !each.damaged())
                    .forEach(each ->
                            first.putIfAbsent(number.applyAsInt(date(each.stoppedAt())), each));
            Set<Start> kept = new HashSet<>();
            first.forEach((period, each) -> {
                if (period > newest - count && kept.add(each)) {
                    Instant end =
                            date(each.stoppedAt())
                                    .plus(count, unit)
                                    .atStartOfDay(ZoneOffset.UTC)
                                    .toInstant();
                    keep(each, "the first of its " + word, Optional.of(end));
                    needToBeConsistent(each);
                }
            });
        }

        /** Weeks since 1970 began, from Monday on. */
        private static int week(LocalDate day) {
            return Math.toIntExact(Math.floorDiv(day.toEpochDay() + 3, 7));
        }

        private static LocalDate date(Instant at) {
            return LocalDate.ofInstant(at, ZoneOffset.UTC);
        }

        // ---- what follows

        private void keep(Start start, String why, Optional<Instant> until) {
            reasons.computeIfAbsent(start.id(), _ -> new ArrayList<>()).add(why);
            ends.merge(
                    start.id(),
                    until,
                    (one, other) ->
                            one.isEmpty() || other.isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(
                                            one.get().isAfter(other.get())
                                                    ? one.get()
                                                    : other.get()));
        }

        private Optional<Start> start(SnapshotId id) {
            return facts.snapshots().stream().filter(each -> each.id().equals(id)).findFirst();
        }

        private void needAll(TimelineId timeline) {
            need(timeline, Lsn.ZERO, OPEN);
        }

        private void need(TimelineId timeline, Lsn from, Lsn to) {
            needed.computeIfAbsent(timeline, _ -> new ArrayList<>()).add(new Span(from, to));
        }

        /** All WAL of a history from a snapshot's start on, in whole segments. */
        private void needFrom(TimelineHistory history, Start start) {
            Lsn from = start.startLsn().floor(start.segmentBytes());
            for (TimelineHistory.Ancestor each : history.ancestors()) {
                // the child's first segment begins with the parent's bytes, and the parent's last
                // one is told of by both
                Lsn to = ceiling(each.switchPoint(), start.segmentBytes());
                if (to.isAfter(from)) {
                    need(each.timeline(), from, to);
                }
            }
            need(history.timeline(), from, OPEN);
        }

        /** A backup restored by itself ends in the segment of its end, or at its last record. */
        private void needToBeConsistent(Start start) {
            Lsn end = ceiling(start.stopLsn(), start.segmentBytes()).plus(start.segmentBytes());
            need(start.timeline(), start.startLsn().floor(start.segmentBytes()), end);
        }

        private static Lsn ceiling(Lsn lsn, int segmentBytes) {
            Lsn floor = lsn.floor(segmentBytes);
            return floor.equals(lsn) ? lsn : floor.plus(segmentBytes);
        }

        private List<Verdict> verdicts() {
            return facts.snapshots().stream()
                    .sorted(Comparator.comparing(Start::stoppedAt))
                    .map(this::verdict)
                    .toList();
        }

        private Verdict verdict(Start each) {
            List<String> why = reasons.get(each.id());
            if (why != null) {
                return new Verdict.Kept(
                        each.id(), why, ends.getOrDefault(each.id(), Optional.empty()));
            }
            return new Verdict.Expired(
                    each.id(),
                    facts.deletedAt()
                            .filter(at -> at.isBefore(windowStart))
                            .map(at -> "the server was deleted at " + day(at))
                            .orElse(
                                    "the recovery window begins at "
                                            + day(windowStart)
                                            + ", and later backups lead to all of it"));
        }
    }
}
