package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.slot.SlotFigures;
import org.pgkeep.postgres.Lsn;

/**
 * How far a capture is.
 *
 * @param serverLsn the newest position the server told of
 * @param heldLsn everything before it is in the vault
 * @param heldThrough by the server's clock: every commit acknowledged before it is in the vault;
 *     empty until the first heartbeat was reached
 * @param atRiskBytes the bytes the server has and the vault does not
 * @param atRisk how long ago the vault last held everything; empty until it first did
 * @param spoolBytes the bytes on this machine's disk that wait for the vault, and the newest
 *     segment
 * @param spoolBytesMax the most there may be
 * @param slot how the server's slot is; empty while the server does not say
 * @param synchronous whether commits wait for this capture now
 * @param warnings what somebody should look after
 */
public record CaptureFigures(
        Lsn serverLsn,
        Lsn heldLsn,
        Optional<Instant> heldThrough,
        long atRiskBytes,
        Optional<Duration> atRisk,
        long spoolBytes,
        long spoolBytesMax,
        Optional<SlotFigures> slot,
        boolean synchronous,
        List<CaptureWarning> warnings) {
    public CaptureFigures {
        warnings = List.copyOf(warnings);
    }
}
