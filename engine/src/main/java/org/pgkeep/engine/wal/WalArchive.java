package org.pgkeep.engine.wal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.LogRange;

/**
 * The WAL of one server as the vault holds it: objects of byte ranges, whole units and runs of
 * units, which may overlap. Every answer is read from the vault's listing when asked.
 */
public final class WalArchive {
    /**
     * Between listing and reading a run may be swept; then its unit is there on the next listing.
     */
    private static final int LISTINGS_MAX = 3;

    private final Archive archive;
    private final Function<TimelineId, List<Lsn>> unlogged;

    /** The WAL of the server whose archive that is, whatever can be done with it. */
    public WalArchive(Archive archive) {
        this.archive = archive;
        this.unlogged = _ -> List.of();
    }

    /** The WAL of a server; none of it is reached across what recovery can't go through. */
    public WalArchive(ServerArchive server) {
        this.archive = server.objects();
        this.unlogged = server::unlogged;
    }

    /** Takes WAL in order. */
    @FunctionalInterface
    public interface Sink {
        /**
         * The next bytes; they may be overwritten once this returns.
         *
         * @return whether more is wanted
         */
        boolean accept(Lsn at, byte[] bytes, int offset, int length);
    }

    /**
     * WAL without a gap.
     *
     * @param from its first byte
     * @param to behind its last byte
     */
    public record Stretch(Lsn from, Lsn to) {
        /** Whether a position is in it; its end counts. */
        public boolean reaches(Lsn lsn) {
            return !lsn.isBefore(from) && !lsn.isAfter(to);
        }
    }

    /** The timelines of which anything is held. */
    public List<TimelineId> timelines() {
        return archive.logStreams().stream().map(TimelineId::new).sorted().toList();
    }

    /** What is held of a timeline: its unbroken stretches, in order. */
    public List<Stretch> stretches(TimelineId timeline) {
        List<Stretch> stretches = new ArrayList<>();
        for (LogRange range : archive.logs(timeline.value())) {
            Lsn from = new Lsn(range.from());
            Lsn to = new Lsn(range.to());
            Stretch last = stretches.isEmpty() ? null : stretches.getLast();
            if (last != null && !from.isAfter(last.to())) {
                stretches.set(
                        stretches.size() - 1, new Stretch(last.from(), Lsn.max(last.to(), to)));
            } else {
                stretches.add(new Stretch(from, to));
            }
        }
        return stretches;
    }

    /** The end of the newest stretch of a timeline; empty where nothing is held of it. */
    public Optional<Lsn> end(TimelineId timeline) {
        List<Stretch> stretches = stretches(timeline);
        return stretches.isEmpty() ? Optional.empty() : Optional.of(stretches.getLast().to());
    }

    /** The end of the stretch that holds the byte at {@code lsn}; empty where none does. */
    public Optional<Lsn> endOfStretch(TimelineId timeline, Lsn lsn) {
        return stretches(timeline).stream()
                .filter(stretch -> stretch.reaches(lsn) && stretch.to().isAfter(lsn))
                .map(Stretch::to)
                .findFirst();
    }

    /**
     * How far one gets from a position without a gap, along a history. WAL that was written with
     * {@code wal_level=minimal} is a gap too: recovery refuses it, or before 14 goes on and loses
     * data.
     *
     * @return the end of what is held; {@code from} itself where not even its byte is
     */
    public Lsn reach(TimelineHistory history, Lsn from) {
        Lsn at = from;
        while (true) {
            TimelineId timeline = history.timelineAt(at);
            Optional<Lsn> end = endOfStretch(timeline, at);
            if (end.isEmpty()) {
                return at;
            }
            Lsn start = at;
            Optional<Lsn> minimal =
                    unlogged.apply(timeline).stream()
                            .filter(each -> !each.isBefore(start) && each.isBefore(end.get()))
                            .min(Comparator.naturalOrder());
            Optional<Lsn> left = history.switchPointOf(timeline);
            if (minimal.isPresent()
                    && left.map(each -> minimal.get().isBefore(each)).orElse(true)) {
                return minimal.get();
            }
            if (left.isEmpty() || end.get().isBefore(left.get())) {
                return end.get();
            }
            at = left.get();
        }
    }

    /**
     * Reads along a history.
     *
     * @throws Failure as {@link #read(TimelineId, Lsn, Lsn, Sink)}
     */
    public void read(TimelineHistory history, Lsn from, Lsn to, Sink sink) {
        Lsn at = from;
        boolean more = true;
        while (more && at.isBefore(to)) {
            TimelineId timeline = history.timelineAt(at);
            Lsn end = history.switchPointOf(timeline).map(left -> Lsn.min(left, to)).orElse(to);
            more = read(timeline, at, end, sink);
            at = end;
        }
    }

    /**
     * Reads WAL of one timeline in order.
     *
     * @return whether the sink wants more
     * @throws Failure MISSING_OBJECT if a byte of it is not held, DAMAGED_OBJECT if an object does
     *     not open
     */
    public boolean read(TimelineId timeline, Lsn from, Lsn to, Sink sink) {
        Lsn at = from;
        int vain = 0;
        Listing listing = new Listing(archive.logs(timeline.value()));
        while (at.isBefore(to)) {
            Optional<LogRange> best = listing.farthest(at);
            Optional<byte[]> bytes = best.flatMap(archive::readLog);
            if (bytes.isEmpty()) {
                if (++vain >= LISTINGS_MAX) {
                    throw new Failure(
                            Code.MISSING_OBJECT,
                            "the WAL at "
                                    + at
                                    + " of timeline "
                                    + timeline
                                    + " is not in the vault",
                            "list what is held with: pgkeep ranges");
                }
                listing = new Listing(archive.logs(timeline.value()));
                continue;
            }
            vain = 0;
            Lsn end = Lsn.min(new Lsn(best.get().to()), to);
            int offset = (int) at.minus(new Lsn(best.get().from()));
            if (!sink.accept(at, bytes.get(), offset, (int) end.minus(at))) {
                return false;
            }
            at = end;
        }
        return true;
    }

    /** A listing that is asked for one position after the other, each behind the last. */
    private static final class Listing {
        private final List<LogRange> ranges;

        /** The ranges before this one end at or before the last position asked for. */
        private int first;

        Listing(List<LogRange> sortedByStart) {
            this.ranges = sortedByStart;
        }

        /** Of the objects that hold the byte at a position, the one that holds most behind it. */
        Optional<LogRange> farthest(Lsn at) {
            while (first < ranges.size() && !new Lsn(ranges.get(first).to()).isAfter(at)) {
                first++;
            }
            Optional<LogRange> best = Optional.empty();
            for (int i = first;
                    i < ranges.size() && !new Lsn(ranges.get(i).from()).isAfter(at);
                    i++) {
                LogRange range = ranges.get(i);
                boolean holds = new Lsn(range.to()).isAfter(at);
                if (holds && (best.isEmpty() || range.to() > best.get().to())) {
                    best = Optional.of(range);
                }
            }
            return best;
        }
    }
}
