package org.pgkeep.engine.capture;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.ReplicationMessage;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures the WAL of one server for as long as it is open: receives it through a replication slot,
 * makes it durable in a spool, confirms it, and ships it to the vault. It connects again by itself,
 * follows promotions, and never passes over a byte without telling its listener.
 *
 * <p>Two threads. The receiver owns the connection and writes the spool; the shipper owns the
 * heartbeat's connection and the {@link LogShipper}. They share {@link #lane}, {@link #finished}
 * and {@link #state}, which the monitor of {@code this} guards, and the {@link HeldClock}; nothing
 * waits for the network or a disk under a lock.
 */
public final class WalCapture implements HeldWal, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WalCapture.class);

    /** Received bytes are synced at the latest after so many, even while more is pending. */
    private static final int SYNC_BYTES_MAX = 4 << 20;

    private static final long RETRY_MILLIS_MIN = 200;

    /** The SQLSTATE of "requested WAL segment has already been removed" (walsender.c). */
    private static final String UNDEFINED_FILE = "58P01";

    private final ProtectedServer server;
    private final ServerArchive archive;
    private final int segmentBytes;
    private final Spool spool;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final CaptureListener listener;
    private final CaptureStart beginning;
    private final WalPages pages;
    private final HeldClock held = new HeldClock();
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread receiver;
    private final Thread shipper;

    private CaptureState state = new CaptureState.Connecting("");

    /** What is received now; null until the first connection knew where to start. */
    private @Nullable Lane lane;

    /** Where the server said that it has no WAL any more; the receiver's own. */
    private CaptureStart.@Nullable Position missed;

    private volatile @Nullable WireConnection connection;
    private volatile long lastMessageNanos = System.nanoTime();

    /** Whether what an earlier capture left in the spool is on its way; the receiver's own. */
    private boolean spoolTakenUp;

    /** Stretches that are received to their end, and not shipped to it yet. */
    private final Deque<Lane> finished = new ArrayDeque<>();

    /**
     * A stretch of one timeline without a gap.
     *
     * @param timeline the timeline
     * @param durable every byte before it is durable in the spool
     * @param settled every byte before it was in the vault when the stretch began
     */
    private record Lane(TimelineId timeline, Lsn durable, Lsn settled) {
        Lane durableTo(Lsn lsn) {
            return new Lane(timeline, lsn, settled);
        }

        /** Whether a position is reached without leaving this stretch. */
        boolean goesOnAt(CaptureStart.Position position) {
            return timeline.equals(position.timeline()) && !position.from().isAfter(durable);
        }
    }

    /**
     * A capture that does nothing until it is started.
     *
     * @param document what the vault knows of the server: who it has to be
     * @param spoolDirectory a folder for this server alone; what it holds is gone on with
     */
    public WalCapture(
            ProtectedServer server,
            ServerDocument document,
            Vault vault,
            Path spoolDirectory,
            CaptureSettings settings,
            InstantSource clock,
            CaptureListener listener) {
        this.server = server;
        this.archive = new ServerArchive(vault, server.id());
        this.segmentBytes = document.walSegmentBytes();
        this.spool = new Spool(spoolDirectory, segmentBytes);
        long identifier = Long.parseUnsignedLong(document.systemIdentifier());
        this.beginning = new CaptureStart(server, archive, spool, segmentBytes, identifier);
        this.pages = new WalPages(segmentBytes, OptionalLong.of(identifier));
        this.settings = settings;
        this.clock = clock;
        this.listener = listener;
        this.receiver =
                Thread.ofPlatform()
                        .daemon()
                        .name("capture " + server.id())
                        .unstarted(this::receive);
        this.shipper =
                Thread.ofPlatform().daemon().name("ship " + server.id()).unstarted(this::ship);
    }

    /** Begins; called once. */
    public void start() {
        receiver.start();
        shipper.start();
    }

    /** What it is doing. */
    public synchronized CaptureState state() {
        return state;
    }

    /** How far it is. */
    public CaptureFigures figures() {
        Lsn newest = held.newestLsn();
        Lsn heldLsn = held.heldLsn();
        return new CaptureFigures(
                newest,
                heldLsn,
                held.heldThrough(),
                Math.max(0, newest.minus(heldLsn)),
                held.atRisk(clock.instant()));
    }

    @Override
    public boolean awaitHeld(Lsn lsn, Duration atMost) {
        try {
            return held.awaitHeld(lsn, atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Waits until everything acknowledged before {@code moment} (the server's clock) is held. */
    public boolean awaitHeldThrough(Instant moment, Duration atMost) {
        try {
            return held.awaitHeldThrough(moment, atMost);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Ends the connection, ships what is spooled (for a bounded time), and ends. */
    @Override
    public void close() {
        if (closing.getAndSet(true)) {
            return;
        }
        WireConnection current = connection;
        if (current != null) {
            current.abort();
        }
        closed.countDown();
        join(receiver);
        join(shipper);
        change(new CaptureState.Closed());
    }

    private static void join(Thread thread) {
        try {
            thread.join(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    // ---- the receiver's thread

    private void receive() {
        long pause = RETRY_MILLIS_MIN;
        while (!closing.get()) {
            long began = System.nanoTime();
            try {
                takeUpSpool();
                connectAndStream();
            } catch (Failure failure) {
                paused(failure.message());
            } catch (RuntimeException | OutOfMemoryError defect) {
                // the capture goes on whatever happens: a defect that ends it would lose WAL
                LOG.error("a defect in the capture of {}", server.id(), defect);
                paused("a defect: " + defect);
            }
            boolean lasted = System.nanoTime() - began > TimeUnit.SECONDS.toNanos(10);
            pause = lasted ? RETRY_MILLIS_MIN : pause;
            if (pauseFor(pause)) {
                break;
            }
            pause = Math.min(pause * 2, settings.retryAtMost().toMillis());
        }
        spool.close();
    }

    /** Before the server is asked for anything: it may never answer again. */
    private void takeUpSpool() {
        if (!spoolTakenUp) {
            for (CaptureStart.Position left : beginning.leftInSpool()) {
                Lane whole = new Lane(left.timeline(), left.spooledTo(), left.heldTo());
                synchronized (this) {
                    finished.addLast(whole);
                }
            }
            spoolTakenUp = true;
        }
    }

    private void connectAndStream() {
        try (WireConnection opened =
                WireConnection.open(
                        server.socket(), new Login(server.user(), "postgres", "pgkeep", true))) {
            connection = opened;
            lastMessageNanos = System.nanoTime();
            stream(opened);
        } finally {
            connection = null;
            held.disconnected();
        }
    }

    private void paused(String why) {
        CaptureState next = new CaptureState.Connecting(why);
        if (!closing.get() && !state().equals(next)) {
            LOG.info("capture of {} paused: {}", server.id(), why);
            change(next);
        }
    }

    /** Sleeps unless closed; whether it was closed. */
    private boolean pauseFor(long millis) {
        try {
            return closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void stream(WireConnection from) {
        skipHole(from);
        // who answers, and from where on its WAL is wanted
        CaptureStart.Position position = beginning.position(from);
        begin(position);
        try {
            // the first byte comes from where the last one ended, or from where the slot keeps WAL
            from.startReplication(beginning.slot(), position.from(), position.timeline());
            held.connected(position.timeline(), position.from(), position.heldTo());
            receiveAll(from, position);
        } catch (Failure failure) {
            if (CaptureStart.sqlState(failure).equals(UNDEFINED_FILE)) {
                missed = position;
            }
            throw failure;
        }
    }

    private void receiveAll(WireConnection from, CaptureStart.Position position) {
        Receiving receiving = new Receiving(position);
        // an idle server would say nothing for half of wal_sender_timeout: ask it to say that it
        // streams
        from.confirmAndAsk(Lsn.ZERO, Lsn.ZERO, clock.instant());
        while (!closing.get()) {
            ReplicationMessage message = from.receive();
            change(new CaptureState.Streaming(position.timeline()));
            lastMessageNanos = System.nanoTime();
            switch (message) {
                case ReplicationMessage.WalData data -> receiving.take(data);
                case ReplicationMessage.Keepalive alive -> {
                    receiving.sync();
                    held.seen(alive.serverEnd());
                    if (alive.replyRequested()) {
                        receiving.confirm(from);
                    }
                }
                case ReplicationMessage.EndOfTimeline end -> {
                    receiving.sync();
                    receiving.confirm(from);
                    archive.writeHistory(from.timelineHistory(end.next()));
                    LOG.info("server {} went on to timeline {}", server.id(), end.next());
                    return;
                }
            }
            if (receiving.unsynced > 0
                    && (receiving.unsynced >= SYNC_BYTES_MAX || !from.pending())) {
                receiving.sync();
                receiving.confirm(from);
            }
        }
    }

    /** What was received and is on its way to being durable; the receiver's own. */
    private final class Receiving {
        private final TimelineId timeline;
        private final Lsn settled;
        private Lsn next;
        private int unsynced;

        Receiving(CaptureStart.Position position) {
            this.timeline = position.timeline();
            this.settled = position.heldTo();
            this.next = position.from();
        }

        void take(ReplicationMessage.WalData data) {
            // every byte is the next one, and every page header is this timeline's at this address
            if (!data.start().equals(next)) {
                throw new Failure(
                        Code.DAMAGED_WAL,
                        "the server sent WAL at " + data.start() + " where " + next + " is next",
                        "pgkeep connects again and goes on at " + next);
            }
            pages.check(timeline, data.start(), data.buffer(), data.offset(), data.length())
                    .ifPresent(wrong -> {
                        throw new Failure(
                                Code.DAMAGED_WAL,
                                "the server sent WAL that is none: " + wrong,
                                "pgkeep asks for it again; look at the server's disk if"
                                        + " this stays");
                    });
            spool.write(
                    timeline, data.start(), settled, data.buffer(), data.offset(), data.length());
            next = data.end();
            unsynced += data.length();
            held.received(next);
        }

        void sync() {
            spool.sync();
            unsynced = 0;
            synchronized (WalCapture.this) {
                Lane current = laneOrFail();
                if (next.isAfter(current.durable())) {
                    lane = current.durableTo(next);
                }
            }
        }

        /** What is confirmed is durable in the spool: the server may forget it. */
        void confirm(WireConnection to) {
            Lsn durable = laneOrFail().durable();
            to.confirm(durable, durable, clock.instant());
        }
    }

    private synchronized void begin(CaptureStart.Position position) {
        Lane current = lane;
        if (current != null && current.goesOnAt(position)) {
            return;
        }
        if (current != null) {
            finished.addLast(current);
        }
        lane =
                new Lane(
                        position.timeline(),
                        Lsn.max(position.from(), position.spooledTo()),
                        position.heldTo());
    }

    private synchronized Lane laneOrFail() {
        Lane current = lane;
        if (current == null) {
            throw new IllegalStateException("nothing is received yet");
        }
        return current;
    }

    /**
     * Where the last connection ended because the server has no more what comes next: says so, and
     * goes on where it still has WAL.
     */
    private void skipHole(WireConnection with) {
        CaptureStart.Position lost = missed;
        if (lost == null) {
            return;
        }
        Lsn resumed = beginning.skipToWhatIsKept(with, lost.timeline());
        missed = null;
        LOG.warn(
                "hole in the WAL of {}: held to {}, the server goes on at {}",
                server.id(),
                lost.heldTo(),
                resumed);
        listener.hole(lost.heldTo(), resumed);
    }

    // ---- the shipper's thread

    private void ship() {
        LogShipper shipping = null;
        try (Heartbeat heartbeat = new Heartbeat(server, clock)) {
            boolean last = false;
            while (true) {
                last = pauseFor(settings.shipEvery().toMillis());
                try {
                    if (!last) {
                        heartbeat.beat(held);
                        giveUpSilentConnection();
                    } else {
                        join(receiver);
                    }
                    shipping = shipOnce(shipping);
                } catch (Failure failure) {
                    LOG.warn("shipping the WAL of {} failed: {}", server.id(), failure.message());
                } catch (RuntimeException | OutOfMemoryError defect) {
                    LOG.error("a defect in shipping the WAL of {}", server.id(), defect);
                }
                if (last) {
                    return;
                }
            }
        }
    }

    private @Nullable LogShipper shipOnce(@Nullable LogShipper before) {
        LogShipper shipping = before;
        for (Lane stretch = nextToShip(); stretch != null; stretch = nextToShip()) {
            if (shipping == null) {
                shipping = new LogShipper(archive.objects(), spool, segmentBytes);
            }
            shipping.ship(stretch.timeline(), stretch.settled(), stretch.durable());
            held.held(stretch.timeline(), shipping.shipped());
            if (!dropFinished(stretch)) {
                break;
            }
        }
        if (shipping != null) {
            shipping.sweep();
        }
        return shipping;
    }

    private synchronized @Nullable Lane nextToShip() {
        return finished.isEmpty() ? lane : finished.getFirst();
    }

    /** Whether the stretch was a finished one, so that another follows. */
    private synchronized boolean dropFinished(Lane stretch) {
        return finished.remove(stretch);
    }

    private void giveUpSilentConnection() {
        WireConnection current = connection;
        long silent = System.nanoTime() - lastMessageNanos;
        if (current != null && silent > settings.silenceAtMost().toNanos()) {
            LOG.warn("server {} says nothing: connecting again", server.id());
            current.abort();
        }
    }
}
