package org.pgkeep.service.recipe;

import org.pgkeep.engine.verify.BackupVerifier;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;

/** Reads a backup back from the vault, with the WAL that makes it consistent. */
public final class VerifyBackup implements Recipe {
    private final Workshop workshop;

    public VerifyBackup(Workshop workshop) {
        this.workshop = workshop;
    }

    @Override
    public Object run(JobRun run) {
        BackupParameters backup = BackupParameters.of(run.job());
        return new BackupVerifier(workshop.vault(), workshop.clock())
                .verify(run.job().server(), backup.id(), run);
    }
}
