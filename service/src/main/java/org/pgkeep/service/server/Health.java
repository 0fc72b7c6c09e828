package org.pgkeep.service.server;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.capture.CaptureFigures;

/**
 * How a watched server is.
 *
 * @param running whether its postmaster runs
 * @param trouble what hampers the server or the capture of its WAL; empty when all is well
 * @param figures how far the capture is; empty before it was opened
 */
public record Health(boolean running, String trouble, Optional<CaptureFigures> figures) {
    /** Up to which moment everything is known to be in the vault. */
    public Optional<Instant> heldThrough() {
        return figures.flatMap(CaptureFigures::heldThrough);
    }
}
