package org.pgkeep.engine.capture;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalTap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.Haste;
import org.pgkeep.vault.LogRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings spooled WAL into the vault: a run of new bytes whenever it is asked to, longer runs in
 * place of many short ones, the whole unit once it is complete. A unit is a segment, or 16 MiB of a
 * larger one. Whole units are sealed and stored by {@link #SEALERS} threads side by side.
 *
 * <p>What a crash leaves: an object is there whole or not at all, and its name says which bytes it
 * has, so shipping goes on where the listing ends. The order is: whole unit durable in the vault,
 * then the spool's file goes, then (after a grace for readers that listed before) its runs. The
 * reverse order would leave a moment at which only a run's deletion, or only a file, stands between
 * a byte and nothing. Of units that are stored side by side a later one may be there before an
 * earlier one: {@link #shipped()} counts only what has no gap before it.
 *
 * <p>One thread calls it at a time.
 */
final class LogShipper implements AutoCloseable {
    /** The largest piece of log in one object, and the largest array held while shipping. */
    static final int UNIT_BYTES_MAX = 16 << 20;

    /** Sealing computes: more threads than the machine has cores would not help, fewer would. */
    private static final int SEALERS = 2;

    private static final int CLOSE_SECONDS_MAX = 10;

    /** One unit more than there are sealers waits: so none idles while the next one is read. */
    private static final int IN_FLIGHT_MAX = SEALERS + 1;

    /**
     * How long superseded runs stay, for readers whose listing is older than what replaced them.
     */
    private static final Duration SUPERSEDED_GRACE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(LogShipper.class);

    private record Superseded(LogRange run, long sinceNanos) {}

    /** A unit on its way; its buffer comes back when it is stored. */
    private record InFlight(LogRange unit, Future<byte[]> stored) {}

    /** Hears of a stretch that nothing in the vault leads to. */
    @FunctionalInterface
    interface GapListener {
        /**
         * Nothing held ends at the beginning of a stretch or behind it.
         *
         * @param begun whether the vault has some of the stretch itself: units are stored side by
         *     side, and one may have arrived without those before it
         */
        void gap(TimelineId timeline, Lsn from, boolean begun);
    }

    private final Archive archive;
    private final WalArchive held;
    private final Spool spool;
    private final int unitBytes;
    private final Duration grace;
    private final WalTap tap;
    private final GapListener gaps;
    private final List<LogRange> runs = new ArrayList<>();
    private final List<Superseded> superseded = new ArrayList<>();
    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private final Deque<byte[]> buffers = new ArrayDeque<>();
    private final ExecutorService sealers =
            Executors.newFixedThreadPool(
                    SEALERS, Thread.ofPlatform().daemon().name("seal WAL ", 1).factory());
    private Lanes.@Nullable Lane adopted;
    private boolean othersLookedAt;
    private Lsn shipped = Lsn.ZERO;
    private Lsn tapped = Lsn.ZERO;

    LogShipper(Archive archive, Spool spool, int segmentBytes, WalTap tap, GapListener gaps) {
        this(archive, spool, segmentBytes, tap, gaps, SUPERSEDED_GRACE);
    }

    LogShipper(
            Archive archive,
            Spool spool,
            int segmentBytes,
            WalTap tap,
            GapListener gaps,
            Duration grace) {
        this.grace = grace;
        this.archive = archive;
        this.held = new WalArchive(archive);
        this.spool = spool;
        this.unitBytes = Math.min(segmentBytes, UNIT_BYTES_MAX);
        this.tap = tap;
        this.gaps = gaps;
    }

    /** The position up to which the vault holds everything of the stretch shipped last. */
    Lsn shipped() {
        return shipped;
    }

    /** Where the unit ends that is not whole yet. */
    Lsn unitEnd() {
        return shipped.floor(unitBytes).plus(unitBytes);
    }

    /**
     * Ships a stretch as far as the spool has it durably, and what becomes durable meanwhile.
     *
     * @param durable the end of what the spool has, asked again and again
     * @param withRun whether what is no whole unit is shipped too
     */
    void ship(Lanes.Lane stretch, Supplier<Lsn> durable, boolean withRun) {
        TimelineId of = stretch.timeline();
        if (stretch != adopted) {
            adopt(of, stretch.from());
            adopted = stretch;
        }
        try {
            Lsn next = shipped;
            while (true) {
                Lsn unit = next.floor(unitBytes);
                boolean whole = !unit.plus(unitBytes).isAfter(durable.get());
                if (whole && inFlight.size() < IN_FLIGHT_MAX) {
                    boolean more = !unit.plus(2L * unitBytes).isAfter(durable.get());
                    boolean waits = more || !inFlight.isEmpty();
                    seal(of, unit, waits ? Haste.BACKLOG : Haste.NONE);
                    next = unit.plus(unitBytes);
                } else if (!inFlight.isEmpty()) {
                    settleFirst(stretch);
                } else {
                    break;
                }
            }
            Lsn end = durable.get();
            if (withRun && shipped.isBefore(end)) {
                shipRun(of, Lsn.min(end, unitEnd()));
            }
        } finally {
            abandon();
        }
    }

    /** Finds out what the vault has of a stretch, and what is missing before it. */
    private void adopt(TimelineId of, Lsn from) {
        List<WalArchive.Stretch> stretches = held.stretches(of);
        List<WalArchive.Stretch> reaching =
                stretches.stream().filter(stretch -> stretch.reaches(from)).toList();
        Optional<Lsn> reached = reaching.stream().map(WalArchive.Stretch::to).reduce(Lsn::max);
        if (reaching.stream().noneMatch(stretch -> stretch.from().isBefore(from))) {
            gaps.gap(of, from, reached.isPresent());
        }
        if (!othersLookedAt) {
            // an earlier shipper may have ended before it swept a timeline that was left since
            archive.logStreams().stream()
                    .filter(stream -> stream != of.value())
                    .forEach(stream -> adoptRuns(stream, false));
            othersLookedAt = true;
        }
        runs.clear();
        adoptRuns(of.value(), true);
        shipped = reached.orElse(from);
        tapped = shipped.floor(unitBytes);
    }

    private void seal(TimelineId of, Lsn unit, Haste haste) {
        byte[] bytes = buffers.isEmpty() ? new byte[unitBytes] : buffers.removeFirst();
        spool.read(of, unit, bytes, unitBytes);
        show(of, unit, bytes, unitBytes);
        LogRange range = new LogRange(of.value(), unit.value(), unit.plus(unitBytes).value());
        Future<byte[]> stored =
                sealers.submit(() -> {
                    archive.putLog(range, bytes, 0, haste);
                    return bytes;
                });
        inFlight.addLast(new InFlight(range, stored));
    }

    private void settleFirst(Lanes.Lane stretch) {
        InFlight oldest = inFlight.getFirst();
        byte[] buffer = await(oldest.stored());
        inFlight.removeFirst();
        buffers.addLast(buffer);
        replaceRuns(oldest.unit());
        shipped = new Lsn(oldest.unit().to());
        spool.dropHeld(stretch.timeline(), stretch.from(), shipped);
    }

    private static byte[] await(Future<byte[]> stored) {
        try {
            return stored.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED, "shipping WAL was interrupted", "it goes on by itself", e);
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case RuntimeException failed -> failed;
                case null, default -> new IllegalStateException("sealing WAL failed", e);
            };
        }
    }

    /** After a failure: what is still on its way may arrive, and is put once more later. */
    private void abandon() {
        inFlight.forEach(each -> each.stored().cancel(false));
        inFlight.clear();
    }

    private void shipRun(TimelineId of, Lsn to) {
        Lsn from = runFrom(to.plus(-1).floor(unitBytes), to);
        int length = (int) to.minus(from);
        byte[] bytes = new byte[length];
        spool.read(of, from, bytes, length);
        if (tapped.isBefore(from)) {
            int missed = (int) from.minus(tapped);
            byte[] before = new byte[missed];
            spool.read(of, tapped, before, missed);
            show(of, tapped, before, missed);
        }
        show(of, from, bytes, length);
        LogRange run = new LogRange(of.value(), from.value(), to.value());
        archive.putLog(run, bytes, 0);
        replaceRuns(run);
        shipped = to;
    }

    /** Lets the tap see what it has not seen yet. */
    private void show(TimelineId of, Lsn at, byte[] bytes, int length) {
        Lsn end = at.plus(length);
        Lsn from = Lsn.max(at, tapped);
        if (from.isBefore(end)) {
            int skip = (int) from.minus(at);
            tapped = end;
            try {
                tap.passed(of, from, bytes, skip, length - skip);
            } catch (RuntimeException failed) {
                LOG.error("the WAL from {} to {} was not looked into", from, end, failed);
            }
        }
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
        try {
            tap.idle();
        } catch (RuntimeException failed) {
            LOG.error("looking into older WAL failed", failed);
        }
    }

    /**
     * Finds the runs an earlier shipper left: those that are superseded, and those that will be.
     *
     * @param goesOn whether more of that timeline is shipped
     */
    private void adoptRuns(int stream, boolean goesOn) {
        long now = System.nanoTime();
        // of those that begin at one place the longest first: what lies in another lies in one
        // that came before it
        List<LogRange> widestFirst =
                archive.logs(stream).stream()
                        .sorted((a, b) -> a.from() == b.from() ? b.compareTo(a) : a.compareTo(b))
                        .toList();
        Lsn end = Lsn.ZERO;
        for (LogRange range : widestFirst) {
            if (!new Lsn(range.to()).isAfter(end)) {
                superseded.add(new Superseded(range, now));
            } else {
                end = new Lsn(range.to());
                if (goesOn && range.length() < unitBytes) {
                    runs.add(range);
                }
            }
        }
    }

    /** Ends when nothing is on its way to the vault any more, or a while later. */
    @Override
    public void close() {
        sealers.shutdown();
        try {
            if (!sealers.awaitTermination(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("WAL is still on its way to the vault: it may arrive later");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
