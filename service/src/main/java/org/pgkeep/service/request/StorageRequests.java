package org.pgkeep.service.request;

import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.document.UsageView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.Retention;
import org.pgkeep.service.keep.UsageAccount;
import org.pgkeep.service.recipe.SweepVault;
import org.pgkeep.vault.sweep.SweepListener;

/** What can be asked about the room that backups take. */
public final class StorageRequests {
    private static final int TIER = 1;

    private final Retention retention;
    private final UsageAccount usage;
    private final JobRunner runner;

    public StorageRequests(Retention retention, UsageAccount usage, JobRunner runner) {
        this.retention = retention;
        this.usage = usage;
        this.runner = runner;
    }

    /** Expires and sweeps. */
    public Job sweep(Optional<Long> graceMinutes) {
        return runner.submit(
                vaultOrder(
                        retention,
                        JobKind.SWEEP,
                        "tier " + TIER,
                        Json.line(new SweepVault.Parameters(graceMinutes))));
    }

    /** An order for a job of the vault's: one at a time, beside those of servers. */
    static Job.Order vaultOrder(Retention retention, JobKind kind, String name, String parameters) {
        return new Job.Order(
                kind,
                new ServerId(retention.vault().id().value()),
                "",
                "",
                name,
                parameters,
                Optional.empty(),
                List.of());
    }

    /** What a sweep would do now. */
    public SweepView rehearse(Optional<Long> graceMinutes) {
        return SweepView.of(
                TIER,
                retention.rehearse(
                        new SweepVault.Parameters(graceMinutes).grace(), SweepListener.SILENT));
    }

    /** Who takes how much. */
    public List<UsageView> usage() {
        return usage.rows(TIER);
    }
}
