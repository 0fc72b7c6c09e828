package org.pgkeep.engine.capture;

import java.time.Duration;

/**
 * How WAL is captured.
 *
 * @param shipEvery how often spooled WAL goes to the vault; a bound on what a lost machine costs,
 *     never a precondition for restoring
 * @param retryAtMost the longest pause between two tries to connect
 * @param silenceAtMost how long the server may say nothing before the connection is given up;
 *     longer than half of its {@code wal_sender_timeout}
 */
public record CaptureSettings(Duration shipEvery, Duration retryAtMost, Duration silenceAtMost) {
    /** One second to local places, as the product promises. */
    public static final CaptureSettings LOCAL =
            new CaptureSettings(
                    Duration.ofSeconds(1), Duration.ofSeconds(15), Duration.ofSeconds(90));
}
