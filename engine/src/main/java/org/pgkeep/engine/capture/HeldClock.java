package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * Up to which moment the vault holds everything. A heartbeat asks the server for its clock and then
 * for its WAL position: whatever was acknowledged before that moment stands before that position,
 * so once the vault holds the position it holds the moment. So the latest restorable moment of an
 * idle server moves on without a byte of WAL.
 *
 * <p>A position alone proves nothing: a server that was set back to an older picture of itself
 * writes other WAL at positions that are held already. So a moment counts only when the connection
 * that streams now brought the WAL up to its position, compared with what is held from the start of
 * the segment on, and what is held is of the same timeline.
 *
 * <p>How long ago that was is told by a count of nanoseconds that nobody sets: a clock of ours that
 * is set back would hide what is at risk. When the server's own clock is set back, what it said
 * before proves nothing of the moments it now lives through a second time.
 *
 * <p>Guarded by its own monitor.
 */
public final class HeldClock {
    /** More beats than this wait only when the vault is away for long; the middle ones can go. */
    private static final int BEATS_MAX = 4096;

    /**
     * What the server said.
     *
     * @param askedNanos when it was asked, of {@link #nanos}
     * @param setBacks how often its clock had been set back by then
     */
    private record Beat(Instant serverTime, long askedNanos, Lsn position, int setBacks) {}

    private final LongSupplier nanos;
    private final Deque<Beat> waiting = new ArrayDeque<>();
    private Optional<TimelineId> timeline = Optional.empty();
    private Lsn held = Lsn.ZERO;
    private Lsn newest = Lsn.ZERO;
    private Optional<Lsn> received = Optional.empty();
    private Optional<Beat> reached = Optional.empty();
    private Instant newestTime = Instant.MIN;
    private int setBacks;

    /** A clock that holds nothing yet. */
    public HeldClock() {
        this(System::nanoTime);
    }

    HeldClock(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * The server streams a timeline from a position on.
     *
     * @param heldTo up to here the vault holds it
     */
    public synchronized void connected(TimelineId of, Lsn from, Lsn heldTo) {
        if (!timeline.equals(Optional.of(of))) {
            timeline = Optional.of(of);
            held = heldTo;
            waiting.clear();
        }
        held = Lsn.max(held, heldTo);
        newest = Lsn.max(from, held);
        received = Optional.of(from);
        advance();
    }

    /** The connection streamed everything before that position. */
    public synchronized void received(Lsn position) {
        received = Optional.of(position);
        newest = Lsn.max(newest, position);
        advance();
    }

    /** Nothing is streamed any more. */
    public synchronized void disconnected() {
        received = Optional.empty();
    }

    /**
     * The server said that its clock is {@code serverTime}, its end there.
     *
     * @param askedNanos of {@link System#nanoTime}, before it was asked
     */
    public synchronized void beat(Instant serverTime, long askedNanos, Lsn position) {
        newest = Lsn.max(newest, position);
        if (serverTime.isBefore(newestTime)) {
            setBacks++;
        }
        newestTime = serverTime;
        if (waiting.size() >= BEATS_MAX) {
            waiting.removeLast();
        }
        waiting.addLast(new Beat(serverTime, askedNanos, position, setBacks));
        advance();
    }

    /** The vault holds everything of that timeline before that position. */
    public synchronized void held(TimelineId of, Lsn position) {
        if (timeline.equals(Optional.of(of))) {
            held = Lsn.max(held, position);
            newest = Lsn.max(newest, position);
            advance();
        }
    }

    /** The server has WAL up to there at least. */
    public synchronized void seen(Lsn position) {
        newest = Lsn.max(newest, position);
    }

    private void advance() {
        Lsn proven = received.map(position -> Lsn.min(position, held)).orElse(Lsn.ZERO);
        while (!waiting.isEmpty() && !waiting.getFirst().position().isAfter(proven)) {
            reached = Optional.of(waiting.removeFirst());
        }
        notifyAll();
    }

    /** The position up to which the vault holds everything. */
    public synchronized Lsn heldLsn() {
        return held;
    }

    /** The same, of that timeline; zero of any other than the one that is streamed. */
    synchronized Lsn heldOf(TimelineId of) {
        return timeline.equals(Optional.of(of)) ? held : Lsn.ZERO;
    }

    /** The newest position the server told of. */
    public synchronized Lsn newestLsn() {
        return newest;
    }

    /** By the server's clock, the moment up to which every acknowledged commit is held. */
    public synchronized Optional<Instant> heldThrough() {
        return reached.map(Beat::serverTime);
    }

    /** How long ago the vault last held everything. */
    public synchronized Optional<Duration> atRisk() {
        return reached.map(beat -> Duration.ofNanos(nanos.getAsLong() - beat.askedNanos()));
    }

    /**
     * Waits until the vault holds everything before {@code lsn}.
     *
     * @return whether it does; an interrupt, which is kept, ends the waiting
     */
    public boolean awaitHeld(Lsn lsn, Duration atMost) {
        return await(() -> !held.isBefore(lsn), atMost);
    }

    /**
     * Waits until everything acknowledged before {@code moment} is held.
     *
     * @return whether it is; an interrupt, which is kept, ends the waiting
     */
    public boolean awaitHeldThrough(Instant moment, Duration atMost) {
        return await(() -> proves(moment), atMost);
    }

    private boolean proves(Instant moment) {
        return reached.filter(beat -> beat.setBacks() == setBacks)
                .filter(beat -> !beat.serverTime().isBefore(moment))
                .isPresent();
    }

    private synchronized boolean await(BooleanSupplier come, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!come.getAsBoolean()) {
            long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
            if (leftMillis <= 0) {
                return false;
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
