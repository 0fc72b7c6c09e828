package org.pgkeep.service.recipe;

import java.util.ArrayList;
import java.util.List;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.keep.TierRetentions;

/**
 * Removes everything of a deleted server that no other one needs, from all tiers. The first tier
 * comes last: as long as it has the server, the purge can be asked for again, and what was purged
 * from a later tier is not copied there once more.
 */
public final class PurgeServer implements Recipe {
    private final TierRetentions retentions;
    private final ServerTable servers;

    public PurgeServer(TierRetentions retentions, ServerTable servers) {
        this.retentions = retentions;
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
        ServerId id =
                ServerId.parse(Json.read(run.job().parameters(), Parameters.class).serverId());
        List<SweepView.Tier> found = new ArrayList<>();
        for (int number : retentions.numbers().reversed()) {
            found.add(
                    SweepView.Tier.of(
                            number, retentions.of(number).purge(id, SweepVault.listener(run))));
        }
        // its tombstones are written: whatever is left goes with the next sweep
        SweepVault.forgetEnded(retentions, servers);
        return SweepView.of(false, found.reversed());
    }
}
