package org.pgkeep.service.recipe;

import org.pgkeep.engine.verify.BackupVerifier;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.SnapshotId;

/** Reads a backup back from the vault, with the WAL that makes it consistent. */
public final class VerifyBackup implements Recipe {
    private final Workshop workshop;
    private final Tiers tiers;

    public VerifyBackup(Workshop workshop, Tiers tiers) {
        this.workshop = workshop;
        this.tiers = tiers;
    }

    /**
     * What is asked.
     *
     * @param snapshotId the backup's id
     * @param name the backup's name
     * @param tier where it is read
     */
    public record Parameters(String snapshotId, String name, int tier) {}

    @Override
    public Object run(JobRun run) {
        Parameters asked = Json.read(run.job().parameters(), Parameters.class);
        return new BackupVerifier(tiers.at(asked.tier()), workshop.clock())
                .verify(run.job().server(), SnapshotId.parse(asked.snapshotId()), run);
    }
}
