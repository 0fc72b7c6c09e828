package org.pgkeep.engine.capture;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
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
 */
public record CaptureFigures(
        Lsn serverLsn,
        Lsn heldLsn,
        Optional<Instant> heldThrough,
        long atRiskBytes,
        Optional<Duration> atRisk) {}
