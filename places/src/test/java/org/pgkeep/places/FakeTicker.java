package org.pgkeep.places;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Time that passes when it is told to. */
final class FakeTicker implements Ticker {
    final List<Duration> pauses = new ArrayList<>();
    private long now = 5_000_000_000L;

    void pass(Duration length) {
        now += length.toNanos();
    }

    @Override
    public long nanos() {
        return now;
    }

    @Override
    public void pause(Duration length) {
        pauses.add(length);
        pass(length);
    }
}
