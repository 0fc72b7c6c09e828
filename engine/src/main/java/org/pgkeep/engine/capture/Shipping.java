package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalTap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shipping thread of a capture: whatever is durable in the spool goes into the vault, holes are
 * recorded there before the WAL behind them is. Without a vault it tries again, for ever.
 *
 * <p>Its own thread owns everything but {@link #causes}, {@link #trouble} and {@link #askedAgain},
 * which are safe to use from any.
 */
final class Shipping {
    private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(200);

    /** How often a shipper that has nothing to do looks whether something is to be swept. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Where somebody waits for the newest byte it goes at once, and still not object by object. */
    private static final Duration HURRIED = Duration.ofMillis(200);

    private static final String LOST_ON_THE_WAY =
            "spooled WAL was removed before it reached the vault; the server is asked for it again";

    private static final Logger LOG = LoggerFactory.getLogger(Shipping.class);

    /** What the rest of the capture has to do about what is met here. */
    interface Owner {
        /** The spool lost files. */
        void spoolLost(Failure failure);

        /** A hole is recorded, for the first time. */
        void hole(Hole hole);

        /** The server may still have what is lost: it is to be asked, until it says no. */
        void askAgain(Hole lost);
    }

    private final ServerArchive archive;
    private final Spool spool;
    private final Lanes lanes;
    private final HeldClock held;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final int segmentBytes;
    private final Owner owner;
    private final LogShipper shipper;
    private final Map<Lsn, String> causes = new ConcurrentHashMap<>();
    private final Set<TimelineId> historiesKept = new HashSet<>();
    private volatile String trouble = "";

    /** What is lost between spool and vault and may come again. */
    private volatile @Nullable Hole askedAgain;

    private long lastRunNanos;
    private long pauseNanos = PAUSE_NANOS_MIN;

    Shipping(
            ServerArchive archive,
            Spool spool,
            Lanes lanes,
            HeldClock held,
            CaptureSettings settings,
            InstantSource clock,
            int segmentBytes,
            WalTap tap,
            Owner owner) {
        this.archive = archive;
        this.spool = spool;
        this.lanes = lanes;
        this.held = held;
        this.settings = settings;
        this.clock = clock;
        this.segmentBytes = segmentBytes;
        this.owner = owner;
        this.shipper = new LogShipper(archive.objects(), spool, segmentBytes, tap, this::gap);
        this.lastRunNanos = System.nanoTime() - settings.shipEvery().toNanos();
    }

    /** Why the vault takes nothing; empty when it does. */
    String trouble() {
        return trouble;
    }

    /** Why there will be no WAL before a position: for when that is found in the vault. */
    void noteCause(Lsn resumedAt, String cause) {
        causes.put(resumedAt, cause);
    }

    /** Waits for something to do, at most for so long as a look around may be put off. */
    void await() {
        boolean hurried = lanes.isHurried();
        long quiet = pace(hurried).toNanos() - (System.nanoTime() - lastRunNanos);
        if (!trouble.isEmpty()) {
            quiet = pauseNanos;
            lanes.awaitWork(shipper.shipped(), new Lsn(-1), quiet, quiet, true);
        } else {
            lanes.awaitWork(
                    shipper.shipped(),
                    shipper.unitEnd(),
                    quiet,
                    Math.max(quiet, LOOK_NANOS),
                    hurried);
        }
    }

    private Duration pace(boolean hurried) {
        Duration usual = settings.shipEvery();
        return hurried && usual.compareTo(HURRIED) > 0 ? HURRIED : usual;
    }

    /**
     * Ships what there is.
     *
     * @param last whether no other call follows, so that nothing is put off
     */
    void shipAll(boolean last) {
        try {
            long now = System.nanoTime();
            boolean withRun = last || now - lastRunNanos >= pace(lanes.isHurried()).toNanos();
            for (Optional<Lanes.Lane> lane = lanes.first();
                    lane.isPresent();
                    lane = lanes.first()) {
                if (!ship(lane.get(), withRun)) {
                    break;
                }
            }
            shipper.sweep();
            if (!trouble.isEmpty()) {
                LOG.info("the vault takes the WAL of {} again", archive.server());
            }
            trouble = "";
            pauseNanos = PAUSE_NANOS_MIN;
        } catch (Failure failure) {
            if (failure.code() == Code.SPOOL_LOST) {
                owner.spoolLost(failure);
            }
            failed(failure.message());
        } catch (RuntimeException | OutOfMemoryError defect) {
            LOG.error("a defect in shipping the WAL of {}", archive.server(), defect);
            failed("a defect: " + defect);
        }
    }

    private void failed(String why) {
        if (!trouble.equals(why)) {
            LOG.warn("shipping the WAL of {} failed: {}", archive.server(), why);
        }
        trouble = why;
        pauseNanos = Math.min(2 * pauseNanos, settings.retryAtMost().toNanos());
    }

    /** Ships a stretch; whether it is done with. */
    private boolean ship(Lanes.Lane lane, boolean withRun) {
        keepHistories(lane.timeline());
        Lsn before = shipper.shipped();
        shipper.ship(lane, () -> lanes.durableOf(lane), withRun);
        if (withRun && !shipper.shipped().equals(before)) {
            lastRunNanos = System.nanoTime();
        }
        held.held(lane.timeline(), provenOf(lane));
        if (!lanes.shipped(lane, shipper.shipped())) {
            return false;
        }
        spool.dropHeld(lane.timeline(), lane.from(), shipper.shipped());
        return true;
    }

    /** Up to where all of a timeline is held, as far as what is lost may still be brought. */
    private Lsn provenOf(Lanes.Lane lane) {
        Hole lost = askedAgain;
        if (lost == null || !lost.timeline().equals(lane.timeline())) {
            return shipper.shipped();
        }
        if (!lane.from().isAfter(lost.from())) {
            askedAgain = null;
            return shipper.shipped();
        }
        return Lsn.min(shipper.shipped(), lost.from());
    }

    /** The server has no more what it was asked for again: it stays a hole. */
    void stayLost() {
        askedAgain = null;
    }

    /** A timeline's history is in the vault before its WAL is: nobody could place that else. */
    private void keepHistories(TimelineId of) {
        if (of.equals(TimelineId.FIRST) || historiesKept.contains(of)) {
            return;
        }
        for (TimelineHistory history : spool.histories()) {
            archive.writeHistory(history);
            historiesKept.add(history.timeline());
        }
        historiesKept.add(of);
    }

    /**
     * Nothing reaches the stretch that comes next. The hole is recorded before the stretch is
     * there: after a crash in between it is found again; the other way round it would not be.
     */
    private void gap(TimelineId timeline, Lsn from, boolean begun) {
        if (begun && isBehindSnapshot(timeline, from)) {
            // what was before it expired
            return;
        }
        WalArchive vault = new WalArchive(archive.objects());
        Optional<Lsn> end =
                vault.stretches(timeline).stream()
                        .map(WalArchive.Stretch::to)
                        .filter(to -> to.isBefore(from))
                        .reduce(Lsn::max);
        if (end.isPresent()) {
            record(timeline, end.get(), from, from);
            return;
        }
        Optional<TimelineHistory> history = archive.history(timeline);
        List<TimelineHistory.Ancestor> ancestors =
                history.map(TimelineHistory::ancestors).orElse(List.of());
        if (ancestors.isEmpty()) {
            return;
        }
        TimelineHistory.Ancestor parent = ancestors.getLast();
        Optional<Lsn> left = vault.end(parent.timeline());
        if (left.isPresent() && left.get().isBefore(parent.switchPoint())) {
            record(parent.timeline(), left.get(), parent.switchPoint(), from);
        }
        if (left.isPresent() && parent.switchPoint().isBefore(from)) {
            record(timeline, parent.switchPoint().floor(segmentBytes), from, from);
        }
    }

    /** Whether a snapshot begins there or later: then nobody needs what is before. */
    private boolean isBehindSnapshot(TimelineId timeline, Lsn from) {
        return archive.snapshots().stream()
                .anyMatch(each ->
                        each.timeline().equals(timeline) && !each.startLsn().isBefore(from));
    }

    private void record(TimelineId timeline, Lsn from, Lsn to, Lsn resumedAt) {
        String cause = causes.get(resumedAt);
        Hole hole =
                new Hole(
                        timeline,
                        from,
                        to,
                        cause == null ? LOST_ON_THE_WAY : cause,
                        Optional.of(clock.instant()));
        if (archive.addHole(hole)) {
            LOG.error(
                    "hole in the WAL of {} on timeline {} from {} to {}: {}",
                    archive.server(),
                    timeline,
                    from,
                    to,
                    hole.cause());
            owner.hole(hole);
        }
        if (cause == null) {
            askedAgain = hole;
            owner.askAgain(hole);
        }
    }

    /** Ends the sealers. */
    void close() {
        shipper.close();
    }
}
