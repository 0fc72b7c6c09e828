package org.pgkeep.engine.capture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.LogRange;

/**
 * Brings spooled WAL into the vault: a run of new bytes whenever it is asked to, longer runs in
 * place of many short ones, the whole unit once it is complete. A unit is a segment, or 16 MiB of a
 * larger one.
 *
 * <p>What a crash leaves: an object is there whole or not at all, and its name says which bytes it
 * has, so shipping goes on where the listing ends. The order is: whole unit durable in the vault,
 * then the spool's file goes, then (after a grace for readers that listed before) its runs. The
 * reverse order would leave a moment at which only a run's deletion, or only a file, stands between
 * a byte and nothing.
 *
 * <p>One thread calls it at a time.
 */
final class LogShipper {
    /** The largest piece of log in one object, and the largest array held while shipping. */
    static final int UNIT_BYTES_MAX = 16 << 20;

    /**
     * How long superseded runs stay, for readers whose listing is older than what replaced them.
     */
    private static final Duration SUPERSEDED_GRACE = Duration.ofSeconds(60);

    private record Superseded(LogRange run, long sinceNanos) {}

    private final Archive archive;
    private final Spool spool;
    private final int segmentBytes;
    private final int unitBytes;
    private final Duration grace;
    private final List<LogRange> runs = new ArrayList<>();
    private final List<Superseded> superseded = new ArrayList<>();
    private @Nullable TimelineId timeline;
    private Lsn shipped = Lsn.ZERO;

    LogShipper(Archive archive, Spool spool, int segmentBytes) {
        this(archive, spool, segmentBytes, SUPERSEDED_GRACE);
    }

    LogShipper(Archive archive, Spool spool, int segmentBytes, Duration grace) {
        this.grace = grace;
        this.archive = archive;
        this.spool = spool;
        this.segmentBytes = segmentBytes;
        this.unitBytes = Math.min(segmentBytes, UNIT_BYTES_MAX);
    }

    /** The position up to which the vault holds everything of the stretch shipped last. */
    Lsn shipped() {
        return shipped;
    }

    /**
     * Ships a stretch as far as the spool has it durably.
     *
     * @param from the end of what the vault held already when the stretch began
     * @param durable the end of what the spool has
     */
    void ship(TimelineId of, Lsn from, Lsn durable) {
        if (!of.equals(timeline) || shipped.isBefore(from)) {
            timeline = of;
            shipped = from;
            adoptRuns(of);
        }
        while (shipped.isBefore(durable)) {
            Lsn unit = shipped.floor(unitBytes);
            Lsn unitEnd = unit.plus(unitBytes);
            if (unitEnd.isAfter(durable)) {
                replaceRuns(put(of, runFrom(unit, durable), durable));
                shipped = durable;
            } else {
                replaceRuns(put(of, unit, unitEnd));
                shipped = unitEnd;
                WalSegment segment = WalSegment.containing(of, unit, segmentBytes);
                if (!segment.end().isAfter(shipped)) {
                    spool.drop(segment);
                }
            }
        }
    }

    private LogRange put(TimelineId timeline, Lsn from, Lsn to) {
        LogRange range = new LogRange(timeline.value(), from.value(), to.value());
        archive.putLog(range, spool.read(timeline, from, (int) to.minus(from)), 0);
        return range;
    }

    /**
     * Where a run that goes up to {@code durable} begins: it takes in the runs before it that are
     * not longer than itself. So a unit that fills slowly, a run a second for a day, has never more
     * than some twenty runs, and each byte is stored as often at most.
     */
    private Lsn runFrom(Lsn unit, Lsn durable) {
        Lsn from = shipped;
        for (LogRange run : runs.reversed()) {
            boolean adjoins = run.to() == from.value() && !new Lsn(run.from()).isBefore(unit);
            if (!adjoins || run.length() > durable.minus(from)) {
                break;
            }
            from = new Lsn(run.from());
        }
        return from;
    }

    /** The runs inside a new object have had their day. */
    private void replaceRuns(LogRange by) {
        long now = System.nanoTime();
        for (LogRange run : List.copyOf(runs)) {
            if (!new Lsn(run.from()).isBefore(new Lsn(by.from()))
                    && !new Lsn(run.to()).isAfter(new Lsn(by.to()))) {
                runs.remove(run);
                if (!run.equals(by)) {
                    superseded.add(new Superseded(run, now));
                }
            }
        }
        if (by.length() < unitBytes) {
            runs.add(by);
        }
    }

    /** Deletes runs that a longer object replaced long enough ago. */
    void sweep() {
        long now = System.nanoTime();
        for (Superseded each : List.copyOf(superseded)) {
            if (now - each.sinceNanos() >= grace.toNanos()) {
                archive.deleteLog(each.run());
                superseded.remove(each);
            }
        }
    }

    /** Finds the runs an earlier shipper left: those to be superseded, and those that are. */
    private void adoptRuns(TimelineId of) {
        runs.clear();
        long now = System.nanoTime();
        // of those that begin at one place the longest first: what lies in another lies in one
        // that came before it
        List<LogRange> widestFirst =
                archive.logs(of.value()).stream()
                        .sorted((a, b) -> a.from() == b.from() ? b.compareTo(a) : a.compareTo(b))
                        .toList();
        Lsn end = Lsn.ZERO;
        for (LogRange range : widestFirst) {
            if (!new Lsn(range.to()).isAfter(end)) {
                superseded.add(new Superseded(range, now));
            } else {
                end = new Lsn(range.to());
                if (range.length() < unitBytes) {
                    runs.add(range);
                }
            }
        }
    }
}
