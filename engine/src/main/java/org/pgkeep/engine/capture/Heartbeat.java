package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.Sessions;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalPages;
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

    /** The longer of the two page headers (XLogLongPageHeaderData). */
    private static final int PAGE_HEADER_BYTES_MAX = 40;

    /**
     * The clock is read in a subquery that is evaluated first: a position read before proves
     * nothing.
     */
    private static final String QUESTION =
            "SELECT (extract(epoch FROM t) * 1000000)::bigint, pg_current_wal_insert_lsn(),"
                    + " current_database() FROM (SELECT clock_timestamp() AS t OFFSET 0) AS c";

    private final ProtectedServer server;
    private @Nullable WireConnection connection;
    private long lookedNanos = System.nanoTime() - LOOK_EVERY.toNanos();

    Heartbeat(ProtectedServer server) {
        this.server = server;
    }

    /**
     * Beats once; a server that does not answer is left to the receiver to complain about.
     *
     * @param then what else to ask it, now and then, on the same session
     */
    void beat(HeldClock into, Consumer<WireConnection> then) {
        try {
            WireConnection open = open();
            long askedNanos = System.nanoTime();
            List<@Nullable String> answer = guarded(open, () -> open.query(QUESTION).getFirst());
            long micros = Long.parseLong(String.valueOf(answer.get(0)));
            Lsn end = Lsn.parse(String.valueOf(answer.get(1)));
            into.beat(instantOfMicros(micros), askedNanos, behindPageHeader(end));
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
            if (!Sessions.USUAL_DATABASE.equals(answer.get(2))) {
                // nobody could copy or drop a database that pgkeep stays in
                close();
            }
        } catch (Failure failure) {
            LOG.debug("no heartbeat of {}: {}", server.id(), failure.message());
            close();
        }
    }

    private WireConnection open() {
        WireConnection open = connection;
        if (open == null) {
            open = Sessions.openLimited(server.socket(), server.user(), "pgkeep heartbeat");
            connection = open;
        }
        return open;
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

    /**
     * The insert position at the start of a page is told as the place behind that page's header,
     * which is not written before the next record is: the WAL ends before the header.
     */
    private static Lsn behindPageHeader(Lsn end) {
        Lsn page = end.floor(WalPages.PAGE_BYTES);
        return end.minus(page) <= PAGE_HEADER_BYTES_MAX ? page : end;
    }

    private static Instant instantOfMicros(long micros) {
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
    }

    @Override
    public void close() {
        WireConnection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }
}
