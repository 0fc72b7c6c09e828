package org.pgkeep.engine.snapshot;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * How fast a snapshot goes: not above the rate that was wished, and aside for others while the
 * machine is busy.
 *
 * <p>Aside means that each reading thread rests between regions, so that it works only a part of
 * the time. The part is the same for all threads. It shrinks while the processors have nothing idle
 * and others than this process use them, and grows back step by step as soon as that ends. It never
 * falls below {@link #PART_MIN}: a snapshot that does not end helps nobody. On a machine with
 * nobody else on it nothing rests.
 *
 * <p>Its monitor guards the state; threads rest outside of it.
 */
final class Pace {
    /** At the busiest each thread works a tenth of the time: a fifth of one processor for two. */
    static final double PART_MIN = 0.1;

    private static final double SHRINK = 0.5;
    private static final double GROW = 0.05;

    /** Less than this of the processors idle is busy. */
    private static final double IDLE_MIN = 0.15;

    /** Less than this used by others is nobody worth resting for. */
    private static final double OTHERS_MIN = 0.1;

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    /** Rests are gathered to at least this: shorter ones are not kept to. */
    private static final long REST_NANOS_MIN = Duration.ofMillis(5).toNanos();

    /** A region that took longer than this was held up, not worked on. */
    private static final long WORK_NANOS_MAX = Duration.ofMillis(200).toNanos();

    private static final double NANOS = 1e9;

    /** Who rests for that long. */
    interface Rest {
        void nanos(long nanos) throws InterruptedException;
    }

    private final long bytesPerSecond;
    private final MachineLoad load;
    private final LongSupplier nanoTime;
    private final Rest rest;

    private double part = 1;
    private long lookedAt;
    private long free;

    /**
     * A pace.
     *
     * @param bytesPerSecond what is read at most; 0 for as fast as it goes
     */
    Pace(long bytesPerSecond, MachineLoad load, LongSupplier nanoTime, Rest rest) {
        this.bytesPerSecond = bytesPerSecond;
        this.load = load;
        this.nanoTime = nanoTime;
        this.rest = rest;
        this.lookedAt = nanoTime.getAsLong();
        this.free = lookedAt;
    }

    /** By the machine's own clock and load. */
    static Pace ofMachine(long bytesPerSecond) {
        return new Pace(
                bytesPerSecond,
                MachineLoad.ofKernel(),
                System::nanoTime,
                nanos -> Thread.sleep(Duration.ofNanos(nanos)));
    }

    /** One thread's step. */
    Step step() {
        return new Step();
    }

    /** Which part of the time the threads work now. */
    synchronized double part() {
        return part;
    }

    /** The part, looked at anew from time to time. */
    private synchronized double look(long now) {
        if (now - lookedAt >= LOOK_NANOS) {
            lookedAt = now;
            MachineLoad.Use use = load.sinceLast();
            boolean aside = use.idle() < IDLE_MIN && use.others() > OTHERS_MIN;
            part = aside ? Math.max(PART_MIN, part * SHRINK) : Math.min(1, part + GROW);
        }
        return part;
    }

    /** Takes room for bytes below the rate; from when on they may be read. */
    private synchronized long take(long now, int bytes) {
        if (bytesPerSecond == 0) {
            return now;
        }
        long from = Math.max(free, now);
        free = from + (long) (bytes * NANOS / bytesPerSecond);
        return from;
    }

    /** The step of one thread: what it did since it last asked tells how long it has to rest. */
    final class Step {
        private long since = nanoTime.getAsLong();
        private long owed;

        /**
         * Before so many bytes are read.
         *
         * @throws Failure INTERRUPTED
         */
        void before(int bytes) {
            long now = nanoTime.getAsLong();
            double mine = look(now);
            long worked = Math.min(WORK_NANOS_MAX, now - since);
            owed = mine == 1 ? 0 : owed + (long) (worked * (1 - mine) / mine);
            long wait = Math.max(take(now, bytes) - now, owed < REST_NANOS_MIN ? 0 : owed);
            if (wait > 0) {
                owed = Math.max(0, owed - wait);
                try {
                    rest.nanos(wait);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new Failure(
                            Code.INTERRUPTED,
                            "the backup was ended before it was done",
                            "take it again with: pgkeep backup take",
                            e);
                }
            }
            since = nanoTime.getAsLong();
        }
    }
}
