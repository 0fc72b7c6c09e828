package org.pgkeep.service.recipe;

import java.util.Map;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.server.ServerWatch;

/** Makes a server and takes its first backup. */
public final class CreateServer implements Recipe {
    private final Workshop workshop;

    public CreateServer(Workshop workshop) {
        this.workshop = workshop;
    }

    @Override
    public Object run(JobRun run) {
        ServerRow row = workshop.row(run.job());
        ServerArchive archive = workshop.archive(row.id());
        // a cluster without a document is half-made: it is wiped and made again
        if (archive.document().isEmpty()) {
            run.phase("making the cluster");
            ManagedServer server = workshop.managed(row);
            server.removeRoot();
            ControlFile control =
                    server.create(
                            ServerWatch.isArchiving(row.settings())
                                    ? workshop.places().archiving(row.id())
                                    : Map.of());
            archive.write(
                    workshop.document(
                            row,
                            Long.toUnsignedString(control.systemIdentifier()),
                            control.walSegmentBytes()));
        }
        // from here on its WAL is captured; then the first backup
        BackupParameters backup = BackupParameters.of(run.job());
        workshop.backUp(row, backup.id(), backup.name(), run);
        // it stands on its own now
        workshop.servers().want(row.id(), Wanted.RUNNING);
        return workshop.views().of(workshop.row(run.job()));
    }

    @Override
    public void undo(JobRun run) {
        workshop.removeMade(run.job());
    }
}
