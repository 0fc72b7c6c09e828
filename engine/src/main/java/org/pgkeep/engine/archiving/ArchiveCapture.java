package org.pgkeep.engine.archiving;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.Capture;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.capture.HeldClock;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalIndexer;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows how far a server is held that hands over its WAL by {@code archive_command}: asks it every
 * second for its clock and position, hears from the pusher what came, and says so when segments
 * don't come, or not all of them.
 *
 * <p>What is not archived yet, up to a segment and {@code archive_timeout}, is at risk, and told
 * so. Where somebody waits for the newest moment, the server is told to finish its segment.
 *
 * <p>The monitor of {@code this} guards {@code state}, {@code timeline}, {@code heldTo} and {@code
 * pending}; the watching thread owns the session, the indexing one the indexer.
 */
public final class ArchiveCapture implements Capture, PushListener {
    private static final Logger LOG = LoggerFactory.getLogger(ArchiveCapture.class);

    /** A server that is told to switch every second would only write segments. */
    private static final Duration SWITCH_EVERY = Duration.ofSeconds(5);

    /**
     * Ranges of 16 MiB that get an index at one go, about 30 ms each: as many as a server hands
     * over in a second, and few enough to end soon.
     */
    private static final int INDEXES_A_BEAT = 16;

    private final ProtectedServer server;
    private final String systemIdentifier;
    private final ServerArchive archive;
    private final WalArchive held;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final CaptureListener listener;
    private final HeldClock heldClock = new HeldClock();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final Thread indexing;

    private CaptureState state = new CaptureState.Connecting("");
    private Optional<TimelineId> timeline = Optional.empty();

    /** Every byte of the timeline before it is held, since the last hole; zero: not known. */
    private Lsn heldTo = Lsn.ZERO;

    /** What is held behind {@link #heldTo}, by its start. */
    private final NavigableMap<Lsn, Lsn> pending = new TreeMap<>();

    /** Somebody waits for what the server has written and not finished. */
    private volatile boolean wanted;

    /** Something came into the vault that has no index yet. */
    private volatile boolean unindexed;

    /** The indexing thread's own. */
    private final WalIndexer indexer;

    /** The thread's own. */
    private @Nullable Instant switched;

    /** Whether the clock takes beats; the thread's own. */
    private boolean connected;

    /**
     * A capture that does nothing until it is started.
     *
     * @param document what the vault knows of the server: who it has to be
     */
    public ArchiveCapture(
            ProtectedServer server,
            ServerDocument document,
            ServerArchive archive,
            CaptureSettings settings,
            InstantSource clock,
            CaptureListener listener) {
        this.server = server;
        this.systemIdentifier = document.systemIdentifier();
        this.archive = archive;
        this.held = new WalArchive(archive.objects());
        this.indexer =
                new WalIndexer(archive, document.walSegmentBytes(), document.version().major());
        this.settings = settings;
        this.clock = clock;
        this.listener = listener;
        this.thread =
                Thread.ofPlatform().daemon().name("archive " + server.id()).unstarted(this::watch);
        this.indexing =
                Thread.ofPlatform().daemon().name("index " + server.id()).unstarted(this::index);
    }

    @Override
    public void start() {
        thread.start();
        indexing.start();
    }

    @Override
    public synchronized CaptureState state() {
        return state;
    }

    @Override
    public CaptureFigures figures() {
        Lsn newest = heldClock.newestLsn();
        Lsn heldLsn = heldClock.heldLsn();
        return new CaptureFigures(
                newest,
                heldLsn,
                heldClock.heldThrough(),
                Math.max(0, newest.minus(heldLsn)),
                heldClock.atRisk(),
                0,
                0,
                Optional.empty(),
                false,
                warnings(state()));
    }

    private static List<CaptureWarning> warnings(CaptureState state) {
        return state instanceof CaptureState.Connecting(String why) && !why.isEmpty()
                ? List.of(
                        new CaptureWarning(
                                CaptureWarning.Kind.NOT_CAPTURED, "its WAL does not come: " + why))
                : List.of();
    }

    @Override
    public boolean awaitHeld(Lsn lsn, Duration atMost) {
        wanted = lsn.isAfter(heldClock.heldLsn());
        return heldClock.awaitHeld(lsn, atMost);
    }

    @Override
    public boolean awaitHeldThrough(Instant moment, Duration atMost) {
        wanted = true;
        return heldClock.awaitHeldThrough(moment, atMost);
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            boolean _ = thread.join(Duration.ofSeconds(30));
            boolean _ = indexing.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        change(new CaptureState.Closed());
    }

    private void change(CaptureState next) {
        synchronized (this) {
            if (state.equals(next)) {
                return;
            }
            state = next;
        }
        listener.stateChanged(next);
    }

    // ---- what comes in, from the pusher's threads

    @Override
    public void held(TimelineId of, Lsn from, Lsn to) {
        Lsn now;
        synchronized (this) {
            if (!timeline.equals(Optional.of(of))) {
                return; // of the past; or of a future of which the next answer tells
            }
            pending.merge(from, to, Lsn::max);
            if (heldTo.equals(Lsn.ZERO)) {
                heldTo = from;
            }
            absorb();
            now = heldTo;
        }
        heldClock.held(of, now);
        heldClock.received(now);
        unindexed = true;
    }

    @Override
    public void acknowledged(TimelineId of, Lsn from, Lsn to) {
        Lsn hole;
        Lsn now;
        synchronized (this) {
            if (!timeline.equals(Optional.of(of)) || !from.isAfter(heldTo)) {
                return;
            }
            // the server hands over in order: it forgot what should have come before
            hole = heldTo;
            heldTo = from;
            absorb();
            now = heldTo;
        }
        heldClock.held(of, now);
        heldClock.received(now);
        Hole lost =
                new Hole(
                        of,
                        hole,
                        from,
                        "the server handed over what comes behind it, and never this",
                        Optional.of(clock.instant()));
        try {
            boolean _ = archive.addHole(lost);
        } catch (Failure failure) {
            LOG.warn("{} is not recorded: {}", lost, failure.message());
        }
        listener.hole(lost);
    }

    /** Segments are stored side by side, so one may come before the one it follows. */
    private void absorb() {
        while (!pending.isEmpty() && !pending.firstKey().isAfter(heldTo)) {
            heldTo = Lsn.max(heldTo, pending.pollFirstEntry().getValue());
        }
    }

    // ---- the thread

    private void watch() {
        try (ArchivingServer asked = new ArchivingServer(server)) {
            do {
                try {
                    lookOnce(asked);
                } catch (Failure failure) {
                    trouble(failure.message());
                } catch (RuntimeException defect) {
                    LOG.error("a defect in the watch over {}", server.id(), defect);
                    trouble("a defect: " + defect);
                }
            } while (!pause());
        }
    }

    /**
     * Makes the indexes that are missing, from the vault: segments come side by side, in any order,
     * and none is held back for its index.
     */
    private void index() {
        do {
            if (unindexed) {
                unindexed = false;
                indexer.cameUnseen();
            }
            try {
                boolean _ = indexer.catchUp(INDEXES_A_BEAT);
            } catch (RuntimeException defect) {
                // without an index the WAL itself is read
                LOG.error("a defect in indexing the WAL of {}", server.id(), defect);
            }
        } while (!pause());
    }

    private boolean pause() {
        try {
            return closed.await(settings.shipEvery().toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void lookOnce(ArchivingServer asked) {
        ArchivingServer.Answer answer = asked.ask();
        if (!answer.systemIdentifier().equals(systemIdentifier)) {
            trouble("another server answers, with system identifier " + answer.systemIdentifier());
            return;
        }
        if (!answer.archives()) {
            trouble("it does not archive: archive_mode is off or archive_command is empty");
            return;
        }
        Lsn end = follow(answer.timeline());
        if (answer.end().isBefore(end)) {
            trouble("it was set back: it writes at " + answer.end() + ", held is " + end);
            return;
        }
        heldClock.beat(answer.serverTime(), answer.askedNanos(), answer.end());
        if (wanted && answer.end().isAfter(end) && maySwitch()) {
            wanted = false;
            switched = clock.instant();
            asked.switchSegment();
        }
        if (answer.failing().isPresent()) {
            change(
                    new CaptureState.Connecting(
                            "the server could not hand over "
                                    + answer.failing().get()
                                    + "; its log says why"));
            return;
        }
        change(new CaptureState.Archiving(answer.timeline()));
    }

    private void trouble(String what) {
        heldClock.disconnected();
        connected = false;
        change(new CaptureState.Connecting(what));
    }

    private boolean maySwitch() {
        Instant last = switched;
        return last == null || !last.plus(SWITCH_EVERY).isAfter(clock.instant());
    }

    /** The end of what is held of the server's own timeline. */
    private Lsn follow(TimelineId now) {
        Lsn end;
        synchronized (this) {
            if (!timeline.equals(Optional.of(now))) {
                timeline = Optional.of(now);
                heldTo = Lsn.ZERO;
                pending.clear();
                connected = false;
            }
            if (heldTo.equals(Lsn.ZERO)) {
                heldTo = heldOf(now);
            }
            end = heldTo;
        }
        if (!connected) {
            // it goes on behind what is held: what it wrote before, it handed over
            heldClock.connected(now, end, end);
            connected = true;
        }
        return end;
    }

    /** Up to where a timeline is held; a new one up to where it begins, if its parent is. */
    private Lsn heldOf(TimelineId now) {
        return held.end(now)
                .or(() ->
                        archive.history(now)
                                .filter(history -> !history.ancestors().isEmpty())
                                .map(history -> history.ancestors().getLast())
                                .flatMap(parent ->
                                        held.end(parent.timeline())
                                                .map(end -> Lsn.min(end, parent.switchPoint()))))
                .orElse(Lsn.ZERO);
    }
}
