package org.pgkeep.service.recipe;

import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;

/** Takes a full backup. */
public final class TakeBackup implements Recipe {
    private final Workshop workshop;

    public TakeBackup(Workshop workshop) {
        this.workshop = workshop;
    }

    @Override
    public Object run(JobRun run) {
        ServerRow row = workshop.row(run.job());
        if (row.wanted() != Wanted.RUNNING) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" is not running",
                    "look at it with: pgkeep server show -n " + row.name());
        }
        BackupParameters backup = BackupParameters.of(run.job());
        return workshop.backUp(
                row,
                backup.id(),
                backup.name(),
                backup.how().orElse(BackupParameters.How.AS_EVER),
                run);
    }
}
