package org.pgkeep.engine.capture;

import java.time.Duration;
import org.pgkeep.engine.slot.WalLimit;

/**
 * How WAL is captured.
 *
 * @param shipEvery how often spooled WAL goes to the vault at most; a bound on what a lost machine
 *     costs, never a precondition for restoring
 * @param beatEvery how often the server is asked for its clock
 * @param retryAtMost the longest pause between two tries to connect
 * @param silenceAtMost how long the server may say nothing before the connection is given up;
 *     longer than half of its {@code wal_sender_timeout}
 * @param spoolBytesMax the most WAL that waits in the spool; what is beyond stays with the server
 * @param synchronous whether commits wait until pgkeep has their WAL durably
 * @param limit who goes first when WAL can't be brought away
 * @param configuresServer whether pgkeep sets what the server needs for the two above; for servers
 *     of its own
 */
public record CaptureSettings(
        Duration shipEvery,
        Duration beatEvery,
        Duration retryAtMost,
        Duration silenceAtMost,
        long spoolBytesMax,
        boolean synchronous,
        WalLimit limit,
        boolean configuresServer) {
    /**
     * A second of WAL at risk to places that cost nothing per request; 4 GiB of spool are a minute
     * of the fastest server and hours of a usual one.
     */
    public static final CaptureSettings LOCAL =
            new CaptureSettings(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(90),
                    4L << 30,
                    false,
                    WalLimit.DEFAULT,
                    true);

    /** Where requests cost money and time. */
    public static final CaptureSettings OBJECT_STORE = LOCAL.shippingEvery(Duration.ofSeconds(10));

    /** The same with another shipping interval. */
    public CaptureSettings shippingEvery(Duration interval) {
        return new CaptureSettings(
                interval,
                beatEvery,
                retryAtMost,
                silenceAtMost,
                spoolBytesMax,
                synchronous,
                limit,
                configuresServer);
    }

    /** The same, synchronous or not. */
    public CaptureSettings synchronously(boolean wanted) {
        return new CaptureSettings(
                shipEvery,
                beatEvery,
                retryAtMost,
                silenceAtMost,
                spoolBytesMax,
                wanted,
                limit,
                configuresServer);
    }

    /** The same with other bounds. */
    public CaptureSettings bounded(long spoolBytes, WalLimit by) {
        return new CaptureSettings(
                shipEvery,
                beatEvery,
                retryAtMost,
                silenceAtMost,
                spoolBytes,
                synchronous,
                by,
                configuresServer);
    }
}
