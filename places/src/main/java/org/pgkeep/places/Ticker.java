package org.pgkeep.places;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Time as it passes, for deadlines and pauses: it never jumps as a clock may. */
interface Ticker {
    /** The machine's own. */
    Ticker SYSTEM =
            new Ticker() {
                @Override
                public long nanos() {
                    return System.nanoTime();
                }

                @Override
                public void pause(Duration length) throws InterruptedException {
                    TimeUnit.NANOSECONDS.sleep(length.toNanos());
                }
            };

    /** Nanoseconds since some moment. */
    long nanos();

    /** Lets so much time pass. */
    void pause(Duration length) throws InterruptedException;
}
