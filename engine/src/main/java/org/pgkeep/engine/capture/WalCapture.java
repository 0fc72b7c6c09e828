package org.pgkeep.engine.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.slot.ServerDemands;
import org.pgkeep.engine.slot.Slot;
import org.pgkeep.engine.slot.SlotFigures;
import org.pgkeep.engine.wal.WalIndexer;
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
 * follows promotions, and never passes over a byte without telling its listener. Any number of them
 * live side by side.
 *
 * <p>Three threads. The receiver owns the connection, {@link CaptureStart} and the writing side of
 * the spool; the shipper owns {@link Shipping}; the pulse owns the heartbeat's connection. None
 * waits for another: what the receiver has made durable waits in {@link Lanes}, what is held is
 * told by {@link HeldClock}, {@link #state} and {@link #slot} are guarded by the monitor of {@code
 * this}, and nothing waits for the network or a disk under a lock.
 */
public final class WalCapture implements Capture {
    private static final Logger LOG = LoggerFactory.getLogger(WalCapture.class);

    private static final long RETRY_MILLIS_MIN = 200;

    /** Well below half of any sensible wal_sender_timeout, at which a server asks. */
    private static final long CONFIRM_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The SQLSTATE of "requested WAL segment has already been removed" (walsender.c). */
    private static final String UNDEFINED_FILE = "58P01";

    /** The SQLSTATE of "replication slot is active for PID" (slot.c). */
    private static final String OBJECT_IN_USE = "55006";

    private final ProtectedServer server;
    private final int segmentBytes;
    private final Spool spool;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final CaptureListener listener;
    private final CaptureStart beginning;
    private final WalPages pages;
    private final HeldClock held = new HeldClock();
    private final Lanes lanes = new Lanes();
    private final Shipping shipping;
    private final ServerDemands demands;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread receiver;
    private final Thread shipper;
    private final Thread pulse;

    private CaptureState state = new CaptureState.Connecting("");
    private Optional<SlotFigures> slot = Optional.empty();
    private boolean slotKnown;
    private boolean waits;

    private volatile @Nullable WireConnection connection;
    private volatile long lastMessageNanos = System.nanoTime();
    private volatile boolean spoolLost;
    private volatile @Nullable Reception received;

    /** When an idle server was last told how far the WAL is held; the pulse's own. */
    private long confirmedNanos = System.nanoTime();

    /** Where the server said that it has no WAL any more; the receiver's own. */
    private CaptureStart.@Nullable Position missed;

    /** Whether what is in the spool is on its way; the receiver's own. */
    private boolean spoolTakenUp;

    /** Whether a segment was refused for want of room in the spool; the receiver's own. */
    private boolean spoolFull;

    /**
     * A capture that does nothing until it is started. An index is made of the WAL on its way.
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
        ServerArchive archive = new ServerArchive(vault, server.id());
        this.segmentBytes = document.walSegmentBytes();
        this.spool = new Spool(spoolDirectory, segmentBytes);
        long identifier = Long.parseUnsignedLong(document.systemIdentifier());
        this.beginning = new CaptureStart(server, archive, spool, segmentBytes, identifier);
        this.pages = new WalPages(segmentBytes, OptionalLong.of(identifier));
        this.settings = settings;
        this.clock = clock;
        this.listener = listener;
        this.demands =
                new ServerDemands(
                        settings.synchronous(), settings.limit(), settings.configuresServer());
        WalIndexer indexer = new WalIndexer(archive, segmentBytes, document.version().major());
        indexer.onUnlogged(this::unlogged);
        this.shipping =
                new Shipping(
                        archive,
                        spool,
                        lanes,
                        held,
                        settings,
                        clock,
                        segmentBytes,
                        indexer,
                        new ShippingOwner());
        this.receiver = thread("capture ", this::receive);
        this.shipper = thread("ship ", this::ship);
        this.pulse = thread("pulse ", this::beat);
    }

    private Thread thread(String name, Runnable work) {
        return Thread.ofPlatform().daemon().name(name + server.id()).unstarted(work);
    }

    /** Begins; called once. */
    @Override
    public void start() {
        receiver.start();
        shipper.start();
        pulse.start();
    }

    /** What it is doing. */
    @Override
    public synchronized CaptureState state() {
        return state;
    }

    /** How far it is. */
    @Override
    public CaptureFigures figures() {
        Lsn newest = held.newestLsn();
        Lsn heldLsn = held.heldLsn();
        long spooled = spooledBytes();
        long spoolMax = Reception.bytesMax(settings, segmentBytes);
        CaptureWarnings.Known known;
        synchronized (this) {
            known =
                    new CaptureWarnings.Known(
                            state,
                            shipping.trouble(),
                            spooled,
                            spoolMax,
                            slot,
                            slotKnown,
                            freeBytes(),
                            waits,
                            demands.foreignNames());
        }
        long atRisk = heldLsn.equals(Lsn.ZERO) ? spooled : newest.minus(heldLsn);
        return new CaptureFigures(
                newest,
                heldLsn,
                held.heldThrough(),
                Math.max(0, atRisk),
                held.atRisk(),
                spooled,
                spoolMax,
                known.slot(),
                known.waits(),
                CaptureWarnings.of(settings, known));
    }

    private long spooledBytes() {
        try {
            return spool.bytes();
        } catch (Failure failure) {
            return 0; // whoever writes it complains
        }
    }

    private Optional<Long> freeBytes() {
        try {
            return Optional.of(Files.getFileStore(server.dataDirectory()).getUsableSpace());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public boolean awaitHeld(Lsn lsn, Duration atMost) {
        return hurried(() -> held.awaitHeld(lsn, atMost));
    }

    /** Waits until everything acknowledged before {@code moment} (the server's clock) is held. */
    @Override
    public boolean awaitHeldThrough(Instant moment, Duration atMost) {
        return hurried(() -> held.awaitHeldThrough(moment, atMost));
    }

    /** The shipping interval is no precondition for anything: who waits has it shipped at once. */
    private boolean hurried(BooleanSupplier waiting) {
        lanes.hurry();
        try {
            return waiting.getAsBoolean();
        } finally {
            lanes.served();
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
        lanes.close();
        join(receiver);
        join(pulse);
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
        while (true) {
            long began = System.nanoTime();
            try {
                // what an earlier capture left is shipped however soon this one is closed
                takeUpSpool();
                if (!closing.get()) {
                    awaitRoom();
                    connectAndStream();
                }
            } catch (Failure failure) {
                spoolLost |= failure.code() == Code.SPOOL_LOST;
                spoolFull |= failure.code() == Code.SPOOL_FULL;
                paused(sentence(failure));
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
        try {
            spool.close();
        } catch (Failure failure) {
            LOG.warn("closing the spool of {}: {}", server.id(), failure.message());
        }
    }

    private static String sentence(Failure failure) {
        return Slot.sqlState(failure).equals(OBJECT_IN_USE)
                ? "another pgkeep, or somebody else, receives WAL through pgkeep's replication slot"
                : failure.message();
    }

    /** Before the server is asked for anything: it may never answer again. */
    private void takeUpSpool() {
        if (spoolLost) {
            LOG.error("the spool of {} lost files: what is left is taken up again", server.id());
            spool.letGo();
            lanes.forget();
            beginning.forgetSpool();
            spoolTakenUp = false;
            spoolLost = false;
        }
        if (!spoolTakenUp) {
            spool.ensureDirectory();
            beginning.takeUp(lanes);
            spoolTakenUp = true;
        }
    }

    /** While the spool is full nothing is received; the server keeps it. */
    private void awaitRoom() {
        if (!spoolFull) {
            return;
        }
        long most = Reception.bytesMax(settings, segmentBytes);
        String full = Reception.spoolFull(most);
        LOG.warn("capture of {} waits: {}", server.id(), full);
        change(new CaptureState.SpoolFull(full));
        while (!closing.get() && !spoolLost && spool.bytes() > most - 2L * segmentBytes) {
            pauseFor(RETRY_MILLIS_MIN);
        }
        spoolFull = false;
    }

    private void connectAndStream() {
        Login login = new Login(server.user(), "postgres", ServerDemands.APPLICATION, true);
        try (WireConnection opened = WireConnection.open(server.socket(), login)) {
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
        if (!closing.get() && !spoolFull && !state().equals(next)) {
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
        Reception reception =
                new Reception(position, spool, pages, lanes, held, settings, clock, segmentBytes);
        try {
            from.startReplication(beginning.slot().name(), position.from(), position.timeline());
            held.connected(position.timeline(), position.from(), Lsn.ZERO);
            lanes.begin(
                    position.timeline(),
                    position.oldest(),
                    position.from(),
                    Lsn.max(position.from(), position.whole()));
            received = reception;
            receiveAll(from, position, reception);
        } catch (Failure failure) {
            boolean gone = Slot.sqlState(failure).equals(UNDEFINED_FILE);
            if (gone && reception.isEmpty() && beginning.isHole(position)) {
                missed = position;
            } else if (gone && position.why() == CaptureStart.Why.REFETCH) {
                shipping.stayLost();
            }
            throw failure;
        } finally {
            received = null;
        }
    }

    private void receiveAll(
            WireConnection from, CaptureStart.Position position, Reception reception) {
        // an idle server would say nothing for half of wal_sender_timeout: ask it to say that it
        // streams
        from.confirmAndAsk(Lsn.ZERO, Lsn.ZERO, clock.instant());
        while (!closing.get() && !spoolLost) {
            ReplicationMessage message = from.receive();
            change(new CaptureState.Streaming(position.timeline()));
            lastMessageNanos = System.nanoTime();
            switch (message) {
                case ReplicationMessage.WalData data -> reception.take(data);
                case ReplicationMessage.Keepalive alive -> {
                    reception.sync();
                    held.seen(alive.serverEnd());
                    if (alive.replyRequested()) {
                        reception.confirm(from, true);
                    }
                }
                case ReplicationMessage.EndOfTimeline end -> {
                    reception.sync();
                    beginning.refetched(position, lanes.durable());
                    spool.keepHistory(from.timelineHistory(end.next()));
                    LOG.info("server {} went on to timeline {}", server.id(), end.next());
                    return;
                }
            }
            if (reception.isSyncDue(from)) {
                reception.sync();
                reception.confirm(from, false);
                beginning.refetched(position, lanes.durable());
            }
        }
    }

    /**
     * Where the last connection ended because the server has no more what comes next: goes on where
     * it still has WAL. The shipper finds the hole when it comes to it, and records it.
     */
    private void skipHole(WireConnection with) {
        CaptureStart.Position lost = missed;
        if (lost == null) {
            return;
        }
        Lsn resumed = beginning.skipToWhatIsKept(with);
        shipping.noteCause(resumed, beginning.slot().loss());
        missed = null;
        LOG.warn(
                "the server {} has no WAL behind {} any more, it goes on at {}: {}",
                server.id(),
                lost.end(),
                resumed,
                beginning.slot().loss());
    }

    // ---- the shipper's thread

    private void ship() {
        while (!closing.get()) {
            shipping.await();
            shipping.shipAll(false);
        }
        join(receiver);
        shipping.shipAll(true);
        shipping.close();
    }

    /** Held, but only a new snapshot leads to what is behind it. */
    private void unlogged(TimelineId timeline, Lsn at) {
        listener.hole(
                new Hole(timeline, at, at.plus(1), Hole.UNLOGGED, Optional.of(clock.instant())));
    }

    private final class ShippingOwner implements Shipping.Owner {
        @Override
        public void spoolLost(Failure failure) {
            paused(failure.message());
            spoolLost = true;
            again();
        }

        @Override
        public void hole(Hole hole) {
            listener.hole(hole);
        }

        @Override
        public void askAgain(Hole lost) {
            beginning.refetch(lost.timeline(), lost.from(), lost.to());
            again();
        }

        private void again() {
            WireConnection current = connection;
            if (current != null) {
                current.abort();
            }
        }
    }

    // ---- the pulse's thread

    private void beat() {
        try (Heartbeat heartbeat = new Heartbeat(server)) {
            while (!pauseFor(settings.beatEvery().toMillis())) {
                heartbeat.beat(held, this::lookAtServer);
                giveUpSilentConnection();
                confirmNowAndThen();
            }
        } catch (RuntimeException defect) {
            LOG.error("a defect in the heartbeat of {}", server.id(), defect);
        }
    }

    private void lookAtServer(WireConnection sql) {
        boolean streaming = state() instanceof CaptureState.Streaming;
        Optional<SlotFigures> now = beginning.slot().figures(sql);
        boolean waiting = demands.enforce(sql, streaming);
        synchronized (this) {
            // before the first connection there is no slot, and nothing is amiss
            slotKnown |= streaming;
            slot = now;
            waits = waiting;
        }
    }

    /** So that an idle server need not ask: then one that asks is shutting down. */
    private void confirmNowAndThen() {
        WireConnection current = connection;
        Reception reception = received;
        long now = System.nanoTime();
        if (current != null && reception != null && now - confirmedNanos > CONFIRM_NANOS) {
            confirmedNanos = now;
            reception.confirm(current, false);
        }
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
