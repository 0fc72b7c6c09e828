package org.pgkeep.service.server;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archiving.ArchiveCapture;
import org.pgkeep.engine.capture.Capture;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.capture.HeldWal;
import org.pgkeep.engine.capture.WalCapture;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one server up and its WAL captured. A thread of its own looks every second: a postmaster
 * that is gone is started again, more and more rarely if that fails; the capture is opened once and
 * reconnects by itself. A server that runs already is found by its data directory and left alone.
 *
 * <p>The monitor guards {@code settings}, {@code capture}, {@code holes}, {@code trouble} and
 * {@code ending}. Starting and stopping the server happens outside of it, and never both at once:
 * stopping waits for the thread's end.
 */
public final class ServerWatch {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    private static final Duration PAUSE_MIN = Duration.ofSeconds(1);
    private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(ServerWatch.class);

    private final ServerPlace place;
    private final ManagedServer server;
    private final ServerArchive archive;
    private final Vault vault;
    private final Path spool;
    private final InstantSource clock;
    private final Runnable onHole;
    private final Thread thread;
    private final CountDownLatch endAsked = new CountDownLatch(1);

    private CaptureSettings settings;
    private @Nullable Capture capture;
    private int holes;
    private String trouble = "";
    private boolean ending;

    /** Only the thread's own. */
    private Duration pause = PAUSE_MIN;

    /** Only the thread's own. */
    private long notBeforeNanos = System.nanoTime();

    /**
     * A watch that does nothing until it is started.
     *
     * @param spool where WAL waits for the vault
     * @param onHole called when WAL was lost: a new backup is due
     */
    ServerWatch(
            ServerPlace place,
            Vault vault,
            Path spool,
            CaptureSettings settings,
            InstantSource clock,
            Runnable onHole) {
        this.place = place;
        this.server = new ManagedServer(place);
        this.archive = new ServerArchive(vault, place.id());
        this.vault = vault;
        this.spool = spool;
        this.settings = settings;
        this.clock = clock;
        this.onHole = onHole;
        this.thread = Thread.ofVirtual().name("watch " + place.id()).unstarted(this::look);
    }

    /** Whether settings say that a server hands over its WAL by {@code archive_command}. */
    public static boolean isArchiving(Map<String, String> settings) {
        return "archive".equals(settings.get(ServerPlace.WAL_SETTING));
    }

    void start() {
        thread.start();
    }

    /** Where the server lives. */
    public ServerPlace place() {
        return place;
    }

    /** How the server is now. */
    public Health health() {
        Capture current;
        String known;
        synchronized (this) {
            current = capture;
            known = trouble;
        }
        boolean running = server.isRunning();
        if (current == null) {
            return new Health(running, known, Optional.empty());
        }
        CaptureFigures figures = current.figures();
        String captureTrouble =
                figures.warnings().stream()
                        .map(CaptureWarning::sentence)
                        .collect(Collectors.joining("; "));
        return new Health(running, known.isEmpty() ? captureTrouble : known, Optional.of(figures));
    }

    /**
     * Waits until the server runs and its WAL is received, which means that its slot keeps all WAL
     * from now on.
     *
     * @return the capture
     * @throws Failure {@code SERVER_UNREACHABLE} with what hampers it, when the time ran out
     */
    public Capture awaitStreaming(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (this) {
            while (true) {
                Capture current = capture;
                if (current != null
                        && (current.state() instanceof CaptureState.Streaming
                                || current.state() instanceof CaptureState.Archiving)) {
                    return current;
                }
                long left = end - System.nanoTime();
                if (left <= 0 || ending) {
                    break;
                }
                try {
                    wait(Math.min(LOOK_EVERY.toMillis(), left / 1_000_000 + 1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new Failure(Code.INTERRUPTED, "the work was cut short", "ask again", e);
                }
            }
        }
        String why = health().trouble();
        throw new Failure(
                Code.SERVER_UNREACHABLE,
                "the WAL of the server is not received" + (why.isEmpty() ? "" : ": " + why),
                "look at " + place.logFile() + " and at service.log in the home");
    }

    /** How many holes in its WAL were met since the watch began. */
    synchronized int holes() {
        return holes;
    }

    /** Other settings: the capture is closed, and opened with them at the next look. */
    void adopt(CaptureSettings wished) {
        Capture old;
        synchronized (this) {
            if (settings.equals(wished)) {
                return;
            }
            settings = wished;
            old = capture;
        }
        if (old != null) {
            // it goes on spooling until it is closed, and the next one finds what it left
            old.close();
            synchronized (this) {
                if (old.equals(capture)) {
                    capture = null;
                }
            }
        }
    }

    /**
     * Whatever capture there is when it is asked: settings may change under a backup that waits.
     */
    public HeldWal heldWal() {
        return (lsn, atMost) -> {
            long end = System.nanoTime() + atMost.toNanos();
            while (true) {
                long leftMillis = (end - System.nanoTime()) / 1_000_000;
                Duration slice = Duration.ofMillis(Math.min(LOOK_EVERY.toMillis(), leftMillis));
                Optional<Capture> now = capture();
                if (now.isPresent() && now.get().awaitHeld(lsn, slice)) {
                    return true;
                }
                boolean over = leftMillis <= 0 || Thread.currentThread().isInterrupted();
                if (over || (now.isEmpty() && !rest(slice))) {
                    return false;
                }
            }
        };
    }

    /** The capture, if it was opened. */
    public synchronized Optional<Capture> capture() {
        return Optional.ofNullable(capture);
    }

    // ---- the thread

    private void look() {
        while (goesOn()) {
            // a clock that is set back must not keep a server down
            if (System.nanoTime() - notBeforeNanos >= 0) {
                lookOnce();
            }
            boolean _ = rest(LOOK_EVERY);
        }
    }

    private void lookOnce() {
        try {
            keepUp();
            openCapture();
            server.rotateLog();
            settle("");
            pause = PAUSE_MIN;
        } catch (Failure failure) {
            if (goesOn()) {
                settle(failure.message());
                LOG.warn("server {}: {} ({})", place.id(), failure.message(), failure.hint());
                notBeforeNanos = System.nanoTime() + pause.toNanos();
                pause = min(pause.multipliedBy(2), PAUSE_MAX);
            }
        } catch (RuntimeException defect) {
            settle("pgkeep has a defect: " + defect);
            LOG.error("server {}", place.id(), defect);
            notBeforeNanos = System.nanoTime() + PAUSE_MAX.toNanos();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private void keepUp() {
        if (server.isRunning()) {
            return;
        }
        LOG.info("server {} is down: starting it on port {}", place.id(), place.socket().port());
        server.start();
    }

    private void openCapture() {
        if (capture().isPresent()) {
            return;
        }
        ServerDocument document =
                archive.document()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.MISSING_OBJECT,
                                        "the vault has no document of server " + place.id(),
                                        "this is not the vault it was made with"));
        CaptureSettings wished;
        synchronized (this) {
            wished = settings;
        }
        Capture fresh =
                isArchiving(document.settings())
                        ? new ArchiveCapture(
                                place.server(), document, archive, wished, clock, new Listener())
                        : new WalCapture(
                                place.server(),
                                document,
                                vault,
                                spool,
                                wished,
                                clock,
                                new Listener());
        synchronized (this) {
            if (ending || !settings.equals(wished)) {
                return;
            }
            capture = fresh;
            notifyAll();
        }
        fresh.start();
    }

    private synchronized void settle(String why) {
        trouble = why;
    }

    private synchronized boolean goesOn() {
        return !ending;
    }

    /** Whether the watch goes on afterwards. */
    private boolean rest(Duration atMost) {
        try {
            return !endAsked.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // of the watch's thread, only by end(), which has set `ending`
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private final class Listener implements CaptureListener {
        @Override
        public void stateChanged(CaptureState state) {
            LOG.info("capture of {}: {}", place.id(), state);
            synchronized (ServerWatch.this) {
                ServerWatch.this.notifyAll();
            }
        }

        @Override
        public void hole(Hole hole) {
            LOG.error(
                    "server {} lost WAL from {} to {}: {}; a new backup is taken at once",
                    place.id(),
                    hole.from(),
                    hole.to(),
                    hole.cause());
            synchronized (ServerWatch.this) {
                holes++;
            }
            onHole.run();
        }
    }

    // ---- the end

    /**
     * Ends the watch: WAL received so far is shipped and the capture closed.
     *
     * @param stopServer whether the server is stopped before, so that its last byte is shipped too
     */
    void end(boolean stopServer) {
        synchronized (this) {
            ending = true;
            notifyAll();
        }
        endAsked.countDown();
        // it may be waiting for a start that takes minutes
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            if (stopServer) {
                server.stop();
            }
        } finally {
            capture().ifPresent(Capture::close);
        }
    }
}
