package org.pgkeep.service.recipe;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.ServerWatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a server away; its archive stays, with its last byte of WAL.
 *
 * <p>The tombstone in the vault is the point of no return. Before it, a crash or a failure leaves
 * the server as it was; behind it, the job goes on until the directory and the name are gone. The
 * reverse order could lose the directory of a server that nobody knows to be deleted.
 */
public final class DeleteServer implements Recipe {
    /** A server that is broken must not be undeletable. */
    private static final Duration STREAMING_AT_MOST = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(DeleteServer.class);

    private final Workshop workshop;

    public DeleteServer(Workshop workshop) {
        this.workshop = workshop;
    }

    @Override
    public Object run(JobRun run) {
        ServerRow row = workshop.row(run.job());
        ServerArchive archive = workshop.archive(row.id());
        Optional<ServerDocument> document = archive.document();
        boolean buried = document.isPresent() && document.get().deletedAt().isPresent();
        Instant now = workshop.clock().instant();
        if (!buried && row.wanted() != Wanted.DELETED) {
            // stopped cleanly, its last WAL in the vault
            run.phase("stopping the server");
            stop(row);
            // the tombstone: from here on it only goes forward
            document.ifPresent(living -> archive.write(living.deleted(now)));
        }
        run.phase("removing its files");
        if (Files.exists(workshop.places().root(row.id()))) {
            workshop.managed(row).removeRoot();
        }
        workshop.removeSpool(row.id());
        workshop.servers()
                .markDeleted(row.id(), document.flatMap(ServerDocument::deletedAt).orElse(now));
        return workshop.views().of(workshop.row(run.job()));
    }

    private void stop(ServerRow row) {
        if (!Files.exists(workshop.places().root(row.id()))) {
            return;
        }
        // what can't be removed later is refused now, while nothing has been done
        workshop.managed(row).refuseForeignRoot();
        ServerWatch watch = workshop.watches().watch(row);
        boolean captured = true;
        try {
            watch.awaitStreaming(STREAMING_AT_MOST);
        } catch (Failure failure) {
            if (failure.code() != Code.SERVER_UNREACHABLE) {
                throw failure;
            }
            LOG.warn("{} is deleted without its last WAL: {}", row.title(), failure.message());
            captured = false;
        }
        Optional<ServerWatch> _ = workshop.watches().release(row.id(), true);
        if (captured) {
            checkHeld(row, watch.health());
        }
        ManagedServer server = workshop.managed(row);
        if (server.isRunning()) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" does not stop",
                    "look at " + server.place().logFile());
        }
    }

    private static void checkHeld(ServerRow row, Health health) {
        long atRisk = health.figures().map(CaptureFigures::atRiskBytes).orElse(0L);
        if (atRisk > 0) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    "the last "
                            + atRisk
                            + " bytes of WAL of \""
                            + row.title()
                            + "\" did not get into the vault, so it was not deleted",
                    "look at service.log in the home, then ask again");
        }
    }

    /**
     * Before the tombstone the server is as it was: it runs again. Behind it the server is deleted,
     * though files of it may be left, which the failure names: nobody looks after it any more.
     */
    @Override
    public void undo(JobRun run) {
        Optional<ServerRow> row = workshop.servers().byId(run.job().server());
        Optional<Instant> deletedAt =
                workshop.archive(run.job().server()).document().flatMap(ServerDocument::deletedAt);
        if (row.isPresent() && deletedAt.isPresent()) {
            Optional<ServerWatch> _ = workshop.watches().release(run.job().server(), false);
            workshop.servers().markDeleted(run.job().server(), deletedAt.get());
            return;
        }
        row.filter(living -> living.wanted() == Wanted.RUNNING)
                .filter(living -> Files.exists(workshop.places().root(living.id())))
                .ifPresent(living -> workshop.watches().watch(living));
    }
}
