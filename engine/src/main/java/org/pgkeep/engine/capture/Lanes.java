package org.pgkeep.engine.capture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * The stretches of WAL on their way from the spool into the vault, the oldest first. The last one
 * may still grow. Guarded by its own monitor; nothing slow happens under it.
 */
final class Lanes {
    /** A stretch of one timeline without a gap. */
    static final class Lane {
        private final TimelineId timeline;
        private final Lsn from;
        private Lsn durable;

        private Lane(TimelineId timeline, Lsn from, Lsn durable) {
            this.timeline = timeline;
            this.from = from;
            this.durable = durable;
        }

        TimelineId timeline() {
            return timeline;
        }

        /** The start of the oldest segment that the spool has of it. */
        Lsn from() {
            return from;
        }

        @Override
        public String toString() {
            return "timeline " + timeline + " from " + from;
        }
    }

    private final Deque<Lane> waiting = new ArrayDeque<>();

    /** The one that grows: the last of those waiting. */
    private @Nullable Lane current;

    private boolean closed;

    /** How many wait for what is on its way. */
    private int waiters;

    /** What an earlier capture left in the spool. */
    synchronized void left(TimelineId timeline, Lsn from, Lsn durable) {
        waiting.addLast(new Lane(timeline, from, durable));
        notifyAll();
    }

    /**
     * What comes next is received at {@code at}.
     *
     * @param from the start of the oldest segment that the spool has before it without a gap
     * @param durable up to there the spool has it durably
     */
    synchronized void begin(TimelineId timeline, Lsn from, Lsn at, Lsn durable) {
        Lane before = current;
        boolean goesOn =
                before != null
                        && before.timeline.equals(timeline)
                        && !at.isBefore(before.from)
                        && !at.isAfter(before.durable);
        if (!goesOn) {
            Lane fresh = new Lane(timeline, from, durable);
            waiting.addLast(fresh);
            current = fresh;
        }
        notifyAll();
    }

    /** The spool lost files: nothing is known to be on its way any more. */
    synchronized void forget() {
        waiting.clear();
        current = null;
    }

    /** The stretch that grows is durable up to there. */
    synchronized void durableTo(Lsn lsn) {
        Lane growing = current;
        if (growing != null && lsn.isAfter(growing.durable)) {
            growing.durable = lsn;
            notifyAll();
        }
    }

    /** Up to where the stretch that grows is durable; zero before the first. */
    synchronized Lsn durable() {
        Lane growing = current;
        return growing == null ? Lsn.ZERO : growing.durable;
    }

    /** Up to where a stretch is durable now. */
    synchronized Lsn durableOf(Lane lane) {
        return lane.durable;
    }

    /** The stretch to be shipped next. */
    synchronized Optional<Lane> first() {
        return Optional.ofNullable(waiting.peekFirst());
    }

    /**
     * The stretch was shipped up to there.
     *
     * @return whether it is done with, so that another follows
     */
    synchronized boolean shipped(Lane lane, Lsn to) {
        if (lane == current || to.isBefore(lane.durable)) {
            return false;
        }
        return waiting.remove(lane);
    }

    /** Somebody waits for what is on its way, until {@link #served}. */
    synchronized void hurry() {
        waiters++;
        notifyAll();
    }

    /** One waits no more. */
    synchronized void served() {
        waiters--;
    }

    /** Whether somebody waits. */
    synchronized boolean isHurried() {
        return waiters > 0;
    }

    /** Nothing more comes; wakes up who waits. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /**
     * Waits until a whole unit is there, something new may be shipped, or the time is over.
     *
     * @param shipped up to there the vault has what is shipped now
     * @param unitEnd where the unit that fills ends
     * @param quietNanos how long only a whole unit counts; negative for not at all
     * @param atMostNanos how long to wait altogether
     * @param hurried whether somebody was known to wait; returns when that is no longer so
     */
    synchronized void awaitWork(
            Lsn shipped, Lsn unitEnd, long quietNanos, long atMostNanos, boolean hurried) {
        long began = System.nanoTime();
        while (!closed && (hurried || waiters == 0)) {
            long passed = System.nanoTime() - began;
            Lane oldest = waiting.peekFirst();
            if (oldest != null && oldest != current && passed >= quietNanos) {
                return;
            }
            Lane growing = current;
            if (growing != null && oldest == growing) {
                boolean whole = !growing.durable.isBefore(unitEnd);
                boolean some = growing.durable.isAfter(shipped) && passed >= quietNanos;
                if (whole || some) {
                    return;
                }
            }
            long left = (passed < quietNanos ? quietNanos : atMostNanos) - passed;
            if (left <= 0) {
                return;
            }
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
