package org.pgkeep.engine.wal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.index.IndexBuilder;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.index.WalIndex;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the index of a server's WAL: while its bytes pass on their way into the vault, and for what
 * passed without it (older vaults, a crash in between, a damaged index) by reading it again.
 *
 * <p>An index is stored when the vault holds all the WAL it speaks of, never before: WAL that was
 * lost on its way may come again with other contents. A crash in between leaves WAL without an
 * index, which {@link #catchUp} makes. One thread calls it at a time.
 */
public final class WalIndexer implements WalTap {
    private static final Logger LOG = LoggerFactory.getLogger(WalIndexer.class);

    /** Indexes that wait for their WAL to be held: more means that the vault is away. */
    private static final int WAITING_MAX = 8;

    private final ServerArchive archive;
    private final WalArchive held;
    private final IndexStore indexes;
    private final int segmentBytes;
    private final int major;
    private final int step;

    private @Nullable TimelineId timeline;
    private Lsn next = Lsn.ZERO;
    private @Nullable WalReader reader;
    private @Nullable IndexBuilder builder;

    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** Whether WAL may be held that has no index. */
    private boolean behind = true;

    private BiConsumer<TimelineId, Lsn> onUnlogged = (timeline, at) -> {};

    private record Waiting(TimelineId timeline, WalIndex index) {}

    /**
     * The indexer of one server.
     *
     * @param major the server's major version
     */
    public WalIndexer(ServerArchive archive, int segmentBytes, int major) {
        this(archive, segmentBytes, major, IndexBuilder.STEP_BYTES);
    }

    /** As the other, with ranges of so many bytes: a power of two, a page at least. */
    public WalIndexer(ServerArchive archive, int segmentBytes, int major, int step) {
        this.archive = archive;
        this.held = new WalArchive(archive.objects());
        this.indexes = new IndexStore(archive.objects());
        this.segmentBytes = segmentBytes;
        this.major = major;
        this.step = step;
    }

    /**
     * Names who hears of WAL that recovery can't go through, once it is noted; before the first.
     */
    public void onUnlogged(BiConsumer<TimelineId, Lsn> listener) {
        onUnlogged = listener;
    }

    private void unlogged(TimelineId of, Lsn at) {
        if (archive.addUnlogged(of, at)) {
            onUnlogged.accept(of, at);
        }
    }

    /**
     * The next bytes on their way into the vault. Those that passed before are passed over; where
     * some are missing, it begins anew.
     */
    @Override
    public void passed(TimelineId of, Lsn at, byte[] bytes, int offset, int length) {
        Lsn end = at.plus(length);
        if (!of.equals(timeline) || at.isAfter(next) || reader == null) {
            begin(of, at);
        }
        int known = (int) Math.max(0, Math.min(length, next.minus(at)));
        feed(bytes, offset + known, length - known);
        next = Lsn.max(next, end);
        storeWaiting();
    }

    private void begin(TimelineId of, Lsn at) {
        // before a page's start nothing can be read
        Lsn start = at.plus(8191).floor(8192);
        timeline = of;
        next = start;
        reader = new WalReader(start, segmentBytes);
        builder =
                new IndexBuilder(
                        major,
                        start,
                        step,
                        index -> hold(of, index),
                        minimalAt -> unlogged(of, minimalAt));
        behind = true;
    }

    private void feed(byte[] bytes, int offset, int length) {
        if (reader == null || builder == null || length <= 0) {
            return;
        }
        reader.feed(bytes, offset, length, builder::take);
        if (reader.state() != WalReader.State.READING) {
            // the empty rest of a segment, or bytes that are no WAL: whoever reads them is told
            reader = null;
            behind = true;
        }
    }

    private void hold(TimelineId of, WalIndex index) {
        if (waiting.size() >= WAITING_MAX) {
            waiting.removeFirst();
            behind = true;
        }
        waiting.addLast(new Waiting(of, index));
    }

    private void storeWaiting() {
        try {
            while (!waiting.isEmpty() && isHeld(waiting.getFirst())) {
                Waiting first = waiting.getFirst();
                indexes.put(first.timeline(), first.index());
                waiting.removeFirst();
            }
        } catch (Failure away) {
            LOG.debug("the vault takes no index: {}", away.message());
        }
    }

    private boolean isHeld(Waiting one) {
        Lsn from = one.index().summary().from();
        return held.endOfStretch(one.timeline(), from)
                .filter(end -> !end.isBefore(one.index().summary().lastEnd()))
                .isPresent();
    }

    /** WAL came into the vault that did not pass here: the next {@link #catchUp} looks for it. */
    public void cameUnseen() {
        behind = true;
    }

    /**
     * Makes indexes of WAL that is held without, the oldest first.
     *
     * @param ranges how many at most
     * @return whether nothing is left to do
     */
    public boolean catchUp(int ranges) {
        storeWaiting();
        if (!behind) {
            return true;
        }
        try {
            return fillGaps(ranges);
        } catch (Failure away) {
            LOG.debug("no index is made of older WAL: {}", away.message());
            return false;
        }
    }

    private boolean fillGaps(int ranges) {
        int left = ranges;
        for (TimelineId each : held.timelines()) {
            for (WalArchive.Stretch gap : gaps(each)) {
                if (left-- <= 0) {
                    return false;
                }
                readGap(each, gap);
            }
        }
        behind = false;
        return true;
    }

    /**
     * Ranges that are held without an index, and as much again behind each: a range is finished
     * when a record behind it is seen.
     */
    private List<WalArchive.Stretch> gaps(TimelineId of) {
        List<WalArchive.Stretch> gaps = new ArrayList<>();
        List<IndexStore.Range> known = indexes.ranges(of);
        for (WalArchive.Stretch stretch : held.stretches(of)) {
            Lsn at = stretch.from().plus(step - 1).floor(step);
            while (!at.plus(2L * step).isAfter(stretch.to())) {
                Lsn start = at;
                Optional<Lsn> indexed =
                        known.stream()
                                .filter(range ->
                                        !start.isBefore(range.from()) && start.isBefore(range.to()))
                                .map(IndexStore.Range::to)
                                .findFirst();
                at = indexed.orElse(start.plus(step));
                if (indexed.isEmpty() && !isOfNoUse(of, start)) {
                    gaps.add(new WalArchive.Stretch(start, stretch.to()));
                }
            }
        }
        return gaps;
    }

    /** Ranges that were read in vain, so that they are not read again and again. */
    private final List<IndexStore.Range> useless = new ArrayList<>();

    private boolean isOfNoUse(TimelineId of, Lsn start) {
        return useless.contains(new IndexStore.Range(of, start, start.plus(step)));
    }

    /** Makes one index: reads from the gap's start until a range is finished. */
    private void readGap(TimelineId of, WalArchive.Stretch gap) {
        List<WalIndex> made = new ArrayList<>();
        WalReader reading = new WalReader(gap.from(), segmentBytes);
        IndexBuilder building =
                new IndexBuilder(
                        major, gap.from(), step, made::add, minimalAt -> unlogged(of, minimalAt));
        try {
            held.read(
                    of,
                    gap.from(),
                    gap.to(),
                    (at, bytes, offset, length) -> {
                        reading.feed(bytes, offset, length, building::take);
                        return made.isEmpty() && reading.state() == WalReader.State.READING;
                    });
        } catch (Failure failure) {
            LOG.warn("no index of the WAL at {}: {}", gap.from(), failure.message());
        }
        Lsn behindGap = gap.from().plus(step);
        if (made.isEmpty() || made.getFirst().summary().from().isAfter(gap.from())) {
            useless.add(new IndexStore.Range(of, gap.from(), behindGap));
        } else {
            indexes.put(of, made.getFirst());
        }
    }

    /** Makes one index of those that are missing. */
    @Override
    public void idle() {
        boolean _ = catchUp(1);
    }
}
