package org.pgkeep.engine.wal;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.index.IndexSummary;
import org.pgkeep.engine.index.WalIndex;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.change.ChangeCollector;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.postgres.wal.WalRecord;

/**
 * Reads what the WAL in the vault means, from its index where there is one, else from itself. The
 * answers are the same. Owned by one thread.
 *
 * <p>An index speaks of the records that start in its range. So the WAL in front of a range is read
 * until a record starts in the range, and behind a range reading begins at its end: a record that
 * began before is passed over there.
 */
public final class IndexedWal {
    /** Where a record would begin at a page's start, it begins behind the page's header. */
    private static final int PAGE_HEADER_BYTES_MAX = 40;

    private final WalArchive held;
    private final IndexStore indexes;
    private final int segmentBytes;
    private final int major;
    private final Map<TimelineHistory, List<IndexStore.Range>> listed = new HashMap<>();

    /**
     * One server's WAL.
     *
     * @param major its major version
     */
    public IndexedWal(WalArchive held, IndexStore indexes, int segmentBytes, int major) {
        this.held = held;
        this.indexes = indexes;
        this.segmentBytes = segmentBytes;
        this.major = major;
    }

    /** How a listener wants to be told of a range that has an index. */
    public enum Way {
        /** Its summary says all that matters. */
        SUMMARY,
        /** Its events say it. */
        EVENTS,
        /** Every record matters. */
        RECORDS
    }

    /** Takes what the WAL means, in log order. */
    public interface Listener extends WalScan.Listener {
        /** How it wants to be told of a range. */
        Way way(IndexSummary range);

        /** In place of a range's records, where {@link #way} said so. */
        default void summary(IndexSummary range) {}
    }

    /**
     * Hands over what lies between two positions.
     *
     * @param from the start of a page or of a record
     * @return behind the last whole record; where the listener was done before, behind the last one
     *     it was told of
     * @throws Failure as {@link WalScan#scan}
     */
    public Lsn scan(TimelineHistory history, Lsn from, Lsn to, Listener listener) {
        Lsn at = from;
        Lsn end = from;
        while (at.isBefore(to) && !listener.isDone()) {
            Lsn start = at;
            Optional<IndexStore.Range> next = nextRange(history, at, to);
            if (next.isEmpty() || next.get().from().isAfter(at)) {
                Lsn until = next.map(IndexStore.Range::from).orElse(to);
                end = records(history, start, until, to, listener);
                at = until;
                continue;
            }
            Optional<Lsn> told = tell(next.get(), history, to, listener);
            end =
                    told.isPresent()
                            ? told.get()
                            : records(history, start, next.get().to(), to, listener);
            at = next.get().to();
        }
        return end;
    }

    /** Tells of a range by its index; empty where every record has to be read. */
    private Optional<Lsn> tell(
            IndexStore.Range range, TimelineHistory history, Lsn to, Listener listener) {
        Optional<IndexSummary> summary =
                indexes.summary(range).filter(each -> isWithin(range, each, history, to));
        if (summary.isEmpty()) {
            return Optional.empty();
        }
        switch (listener.way(summary.get())) {
            case RECORDS -> {
                return Optional.empty();
            }
            case SUMMARY -> listener.summary(summary.get());
            case EVENTS -> {
                Optional<WalIndex> index = indexes.index(range);
                if (index.isEmpty()) {
                    return Optional.empty();
                }
                for (WalEvent event : index.get().events()) {
                    listener.event(event);
                }
            }
        }
        return summary.map(IndexSummary::lastEnd);
    }

    /** Whether all records of a range are whole before the end and before its timeline is left. */
    private static boolean isWithin(
            IndexStore.Range range, IndexSummary summary, TimelineHistory history, Lsn to) {
        Lsn left = history.switchPointOf(range.timeline()).orElse(to);
        return !summary.lastEnd().isAfter(Lsn.min(left, to));
    }

    /** The first range from a position on that lies on the history and before the end. */
    private Optional<IndexStore.Range> nextRange(TimelineHistory history, Lsn at, Lsn to) {
        List<IndexStore.Range> ranges = listed.computeIfAbsent(history, this::along);
        int first = 0;
        int behind = ranges.size();
        while (first < behind) {
            int middle = (first + behind) >>> 1;
            if (ranges.get(middle).from().isBefore(at)) {
                first = middle + 1;
            } else {
                behind = middle;
            }
        }
        for (int i = first; i < ranges.size() && !ranges.get(i).from().isAfter(to); i++) {
            if (!ranges.get(i).to().isAfter(to)) {
                return Optional.of(ranges.get(i));
            }
        }
        return Optional.empty();
    }

    /** The ranges on a history, by their start; of those that begin at one place the longest. */
    private List<IndexStore.Range> along(TimelineHistory history) {
        return Stream.concat(
                        history.ancestors().stream().map(TimelineHistory.Ancestor::timeline),
                        Stream.of(history.timeline()))
                .flatMap(timeline -> indexes.ranges(timeline).stream())
                .filter(range -> isOn(range, history))
                .sorted(
                        Comparator.comparing(IndexStore.Range::from)
                                .thenComparing(IndexStore.Range::to, Comparator.reverseOrder()))
                .toList();
    }

    private static boolean isOn(IndexStore.Range range, TimelineHistory history) {
        return history.timelineAt(range.from()).equals(range.timeline())
                && history.switchPointOf(range.timeline())
                        .map(left -> !range.to().isAfter(left))
                        .orElse(true);
    }

    /** Reads the records that start before {@code until}; their ends may lie behind it. */
    private Lsn records(
            TimelineHistory history, Lsn from, Lsn until, Lsn to, WalScan.Listener listener) {
        Bounded bounded = new Bounded(listener, until);
        Lsn end = new WalScan(held, segmentBytes, major).scan(history, from, to, bounded);
        return bounded.passed ? bounded.end : end;
    }

    /** Passes on what starts before a position. */
    private static final class Bounded implements WalScan.Listener {
        private final WalScan.Listener listener;
        private final Lsn until;
        private Lsn end;
        private boolean passed;

        Bounded(WalScan.Listener listener, Lsn until) {
            this.listener = listener;
            this.until = until;
            this.end = until;
        }

        @Override
        public void decoded(WalRecord record, Optional<WalEvent> event) {
            passed |= !record.start().isBefore(until);
            if (!passed) {
                end = record.end();
                listener.decoded(record, event);
            }
        }

        @Override
        public void event(WalEvent event) {
            throw new IllegalStateException("an event without its record");
        }

        @Override
        public boolean isDone() {
            return passed || listener.isDone();
        }
    }

    /**
     * The blocks that changed between two positions, or may have.
     *
     * @param from the start of a record
     * @param to the start of another one
     * @throws Failure as {@link WalScan#scan}, and DAMAGED_WAL if it can't be sure of all of it
     */
    public ChangedBlocks changes(TimelineHistory history, Lsn from, Lsn to) {
        ChangedBlocks.Union union = new ChangedBlocks.Union();
        Lsn at = from;
        while (at.isBefore(to)) {
            Optional<IndexStore.Range> next = nextRange(history, at, to);
            Lsn start = at;
            at = next.map(IndexStore.Range::from).orElse(to);
            if (start.isBefore(at)) {
                union.add(changesRead(history, start, at, to));
            }
            if (next.isPresent()) {
                IndexStore.Range range = next.get();
                union.add(
                        indexes.index(range)
                                .map(WalIndex::changed)
                                .orElseGet(
                                        () -> changesRead(history, range.from(), range.to(), to)));
                at = range.to();
            }
        }
        return union.map();
    }

    private ChangedBlocks changesRead(TimelineHistory history, Lsn from, Lsn until, Lsn to) {
        Changes changes = new Changes(major);
        Bounded bounded = new Bounded(changes, until);
        Lsn end = new WalScan(held, segmentBytes, major).scan(history, from, to, bounded);
        // whoever asks goes by it: where the records end too early, some may be missing
        if (!bounded.passed && to.minus(end) > PAGE_HEADER_BYTES_MAX) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the records from " + from + " on end at " + end + ", and not at " + to,
                    "take a backup, which then reads everything");
        }
        return changes.collector.map();
    }

    private static final class Changes implements WalScan.Listener {
        private final ChangeCollector collector;

        Changes(int major) {
            this.collector = new ChangeCollector(major);
        }

        @Override
        public void decoded(WalRecord record, Optional<WalEvent> event) {
            collector.take(record, event);
        }

        @Override
        public void event(WalEvent event) {}
    }
}
