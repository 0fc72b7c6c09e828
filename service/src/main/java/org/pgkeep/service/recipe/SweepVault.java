package org.pgkeep.service.recipe;

import java.time.Duration;
import java.util.Optional;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.keep.Retention;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepReport;

/** Expires what no restore point in the window needs, and removes what nothing needs any more. */
public final class SweepVault implements Recipe {
    private final Retention retention;
    private final ServerTable servers;

    public SweepVault(Retention retention, ServerTable servers) {
        this.retention = retention;
        this.servers = servers;
    }

    /**
     * What is asked.
     *
     * @param graceMinutes another grace period than the usual one
     */
    public record Parameters(Optional<Long> graceMinutes) {
        /** The grace period asked for. */
        public Optional<Duration> grace() {
            return graceMinutes.map(Duration::ofMinutes);
        }
    }

    @Override
    public Object run(JobRun run) {
        Parameters asked = Json.read(run.job().parameters(), Parameters.class);
        SweepReport report = retention.sweep(asked.grace(), listener(run));
        forgetEnded(retention.vault(), servers);
        return SweepView.of(1, report);
    }

    static SweepListener listener(JobRun run) {
        return (phase, done, total) -> run.report(new Progress(phase, done, total));
    }

    /** Deleted servers of which the vault has nothing any more. */
    static void forgetEnded(Vault vault, ServerTable servers) {
        for (ServerRow row : servers.all()) {
            ServerId id = row.id();
            if (row.wanted() == Wanted.DELETED && !vault.archives().contains(id.archive())) {
                servers.forget(id);
            }
        }
    }
}
