package org.pgkeep.engine.wal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.pgkeep.postgres.Lsn;

/**
 * Up to which moment the vault holds everything. A heartbeat asks the server for its clock and then
 * for its WAL position: whatever was acknowledged before that moment stands before that position,
 * so once the vault holds the position it holds the moment. So the latest restorable moment of an
 * idle server moves on without a byte of WAL.
 *
 * <p>Guarded by its own monitor.
 */
final class HeldClock {
    /** More beats than this wait only when the vault is away for long; the middle ones can go. */
    private static final int BEATS_MAX = 4096;

    private record Beat(Instant serverTime, Instant ourTime, Lsn position) {}

    private final Deque<Beat> waiting = new ArrayDeque<>();
    private Lsn held = Lsn.ZERO;
    private Lsn newest = Lsn.ZERO;
    private Optional<Beat> reached = Optional.empty();

    /** The server said at {@code ourTime} that its clock is {@code serverTime}, its end there. */
    synchronized void beat(Instant serverTime, Instant ourTime, Lsn position) {
        newest = Lsn.max(newest, position);
        if (waiting.size() >= BEATS_MAX) {
            waiting.removeLast();
        }
        waiting.addLast(new Beat(serverTime, ourTime, position));
        advance();
    }

    /** The vault holds everything before that position. */
    synchronized void held(Lsn position) {
        held = Lsn.max(held, position);
        newest = Lsn.max(newest, position);
        advance();
    }

    /** The server has WAL up to there at least. */
    synchronized void seen(Lsn position) {
        newest = Lsn.max(newest, position);
    }

    private void advance() {
        while (!waiting.isEmpty() && !waiting.getFirst().position().isAfter(held)) {
            reached = Optional.of(waiting.removeFirst());
        }
        notifyAll();
    }

    /** The position up to which the vault holds everything. */
    synchronized Lsn heldLsn() {
        return held;
    }

    /** The newest position the server told of. */
    synchronized Lsn newestLsn() {
        return newest;
    }

    /** By the server's clock, the moment up to which every acknowledged commit is held. */
    synchronized Optional<Instant> heldThrough() {
        return reached.map(Beat::serverTime);
    }

    /** How long ago, by our clock, the vault last held everything. */
    synchronized Optional<Duration> atRisk(Instant now) {
        return reached.map(beat -> Duration.between(beat.ourTime(), now));
    }

    /** Waits until the vault holds everything before {@code lsn}. */
    boolean awaitHeld(Lsn lsn, Duration atMost) throws InterruptedException {
        return await(() -> !held.isBefore(lsn), atMost);
    }

    /** Waits until everything acknowledged before {@code moment} is held. */
    boolean awaitHeldThrough(Instant moment, Duration atMost) throws InterruptedException {
        return await(
                () -> reached.isPresent() && !reached.get().serverTime().isBefore(moment), atMost);
    }

    private synchronized boolean await(BooleanSupplier come, Duration atMost)
            throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!come.getAsBoolean()) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                return false;
            }
            wait(leftMillis);
        }
        return true;
    }
}
