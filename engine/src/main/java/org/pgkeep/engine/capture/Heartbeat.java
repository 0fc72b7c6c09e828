package org.pgkeep.engine.capture;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.BeatSession;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.wire.WireConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the server for its clock and, after that, for the end of its WAL. Costs the server one query
 * on an idle session a beat and no WAL.
 */
final class Heartbeat implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

    /** A server that takes longer hangs: the connection is given up, or shipping hangs with it. */
    private static final Duration ANSWER_AT_MOST = Duration.ofSeconds(5);

    /** How often the rest is asked: less often than the clock, for it changes slowly. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

    private static final String QUESTION =
            "SELECT " + BeatSession.BEAT + ", current_database() FROM " + BeatSession.CLOCK;

    private final ProtectedServer server;
    private final BeatSession session;
    private long lookedNanos = System.nanoTime() - LOOK_EVERY.toNanos();

    Heartbeat(ProtectedServer server) {
        this.server = server;
        this.session = new BeatSession(server, "pgkeep heartbeat");
    }

    /**
     * Beats once; a server that does not answer is left to the receiver to complain about.
     *
     * @param then what else to ask it, now and then, on the same session
     */
    void beat(HeldClock into, Consumer<WireConnection> then) {
        try {
            WireConnection open = session.open();
            long askedNanos = System.nanoTime();
            List<@Nullable String> answer = guarded(open, () -> open.query(QUESTION).getFirst());
            into.beat(
                    BeatSession.instant(answer.get(0)), askedNanos, BeatSession.end(answer.get(1)));
            long now = System.nanoTime();
            if (now - lookedNanos >= LOOK_EVERY.toNanos()) {
                lookedNanos = now;
                guarded(
                        open,
                        () -> {
                            then.accept(open);
                            return answer;
                        });
            }
            session.leaveUnlessUsual(answer.get(2));
        } catch (Failure failure) {
            LOG.debug("no heartbeat of {}: {}", server.id(), failure.message());
            close();
        }
    }

    private static <T> T guarded(WireConnection of, Supplier<T> question) {
        CountDownLatch answered = new CountDownLatch(1);
        var _ =
                Thread.ofVirtual()
                        .name("heartbeat deadline")
                        .start(() -> {
                            try {
                                if (!answered.await(
                                        ANSWER_AT_MOST.toMillis(), TimeUnit.MILLISECONDS)) {
                                    of.abort();
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        try {
            return question.get();
        } finally {
            answered.countDown();
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
