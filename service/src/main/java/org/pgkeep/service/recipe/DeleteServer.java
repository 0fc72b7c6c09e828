package org.pgkeep.service.recipe;

import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.server.ServerWatch;

/**
 * Takes a server away; its archive stays, with its last byte of WAL.
 *
 * <p>The tombstone in the vault is the point of no return. Before it, a crash or a failure leaves
 * the server as it was; behind it, the job goes on until the directory and the name are gone. The
 * reverse order could lose the directory of a server that nobody knows to be deleted.
 */
public final class DeleteServer implements Recipe {
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
            new CleanStop(workshop, row).stop();
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
                .ifPresent(living -> new CleanStop(workshop, living).undo());
    }
}
