package org.pgkeep.service.recipe;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.ServerWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops a server for good: with its last byte of WAL in the vault, where that can be had. */
final class CleanStop {
    /** A server that is broken must not be undeletable. */
    private static final Duration STREAMING_AT_MOST = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(CleanStop.class);

    private final Workshop workshop;
    private final ServerRow row;

    CleanStop(Workshop workshop, ServerRow row) {
        this.workshop = workshop;
        this.row = row;
    }

    /** Whether the server's WAL is received now, or soon. */
    boolean isCaptured() {
        if (!Files.exists(workshop.places().root(row.id()))) {
            return false;
        }
        try {
            workshop.watches().watch(row).awaitStreaming(STREAMING_AT_MOST);
            return true;
        } catch (Failure failure) {
            if (failure.code() != Code.SERVER_UNREACHABLE) {
                throw failure;
            }
            LOG.warn("{} can't be captured: {}", row.title(), failure.message());
            return false;
        }
    }

    /**
     * Stops it; does nothing where there is none. One that can't be captured is stopped without its
     * last WAL.
     *
     * @throws Failure STORE_UNAVAILABLE if its last WAL did not get into the vault; WRONG_STATE if
     *     it does not stop; FOREIGN_DIRECTORY
     */
    void stop() {
        if (!Files.exists(workshop.places().root(row.id()))) {
            return;
        }
        // what can't be removed later is refused now, while nothing has been done
        workshop.managed(row).refuseForeignRoot();
        boolean captured = isCaptured();
        ServerWatch watch = workshop.watches().watch(row);
        Optional<ServerWatch> _ = workshop.watches().release(row.id(), true);
        if (captured) {
            checkHeld(watch.health());
        } else {
            LOG.warn("{} was stopped without its last WAL", row.title());
        }
        ManagedServer server = workshop.managed(row);
        if (server.isRunning()) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" does not stop",
                    "look at " + server.place().logFile());
        }
    }

    private void checkHeld(Health health) {
        long atRisk = health.figures().map(CaptureFigures::atRiskBytes).orElse(0L);
        if (atRisk > 0) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    "the last "
                            + atRisk
                            + " bytes of WAL of \""
                            + row.title()
                            + "\" did not get into the vault, so it stays as it is",
                    "look at service.log in the home, then ask again");
        }
    }

    /** Has it run again, for work that was given up. */
    void undo() {
        if (Files.exists(workshop.places().root(row.id()))) {
            ServerWatch _ = workshop.watches().watch(row);
        }
    }
}
