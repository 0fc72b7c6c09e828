package org.pgkeep.testkit.ledger;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What every writer passes before each transaction and leaves after it: open, paused, or closed.
 * One lock guards it; no writer holds the lock while it works.
 */
final class Gate {
    private enum State {
        OPEN,
        PAUSED,
        CLOSED
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.CLOSED;
    private int inside;

    /** Waits while paused; false when closed, and then there is nothing to leave. */
    boolean enter() throws InterruptedException {
        lock.lock();
        try {
            while (state == State.PAUSED) {
                changed.await();
            }
            if (state == State.CLOSED) {
                return false;
            }
            inside++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            inside--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void open() {
        change(State.OPEN);
    }

    void pause() {
        change(State.PAUSED);
    }

    void close() {
        change(State.CLOSED);
    }

    boolean isClosed() {
        lock.lock();
        try {
            return state == State.CLOSED;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until nobody is inside; false when patience ended first. */
    boolean awaitEmpty(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (inside > 0) {
                if (left <= 0) {
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Sleeps so long, less when the gate is closed meanwhile. */
    void rest(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && state != State.CLOSED) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** {@link #rest}, in milliseconds. */
    void restMillis(long millis) throws InterruptedException {
        rest(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private void change(State next) {
        lock.lock();
        try {
            state = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
