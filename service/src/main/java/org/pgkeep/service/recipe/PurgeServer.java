package org.pgkeep.service.recipe;

import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.keep.Retention;
import org.pgkeep.vault.sweep.SweepReport;

/** Removes everything of a deleted server that no other one needs. */
public final class PurgeServer implements Recipe {
    private final Retention retention;
    private final ServerTable servers;

    public PurgeServer(Retention retention, ServerTable servers) {
        this.retention = retention;
        this.servers = servers;
    }

    /**
     * What is asked.
     *
     * @param serverId whom to purge
     */
    public record Parameters(String serverId) {}

    @Override
    public Object run(JobRun run) {
        Parameters asked = Json.read(run.job().parameters(), Parameters.class);
        SweepReport report =
                retention.purge(ServerId.parse(asked.serverId()), SweepVault.listener(run));
        // its tombstone is written: whatever is left goes with the next sweep
        SweepVault.forgetEnded(retention.vault(), servers);
        return SweepView.of(1, report);
    }
}
