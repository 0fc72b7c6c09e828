package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.Instant;

/**
 * Brings the WAL of one server into the vault for as long as it is open, or watches how the server
 * does so itself. Opens no connection and starts no thread before {@link #start}.
 */
public interface Capture extends HeldWal, AutoCloseable {
    /** Begins; called once. */
    void start();

    /** What it is doing. */
    CaptureState state();

    /** How far it is. */
    CaptureFigures figures();

    /** Waits until everything acknowledged before {@code moment} (the server's clock) is held. */
    boolean awaitHeldThrough(Instant moment, Duration atMost);

    /** Ends it; what is on its way is brought home for a bounded time. */
    @Override
    void close();
}
