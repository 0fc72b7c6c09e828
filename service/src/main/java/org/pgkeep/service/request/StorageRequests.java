package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.document.UsageView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.service.keep.UsageAccount;
import org.pgkeep.service.recipe.SweepVault;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.sweep.SweepListener;

/** What can be asked about the room that backups take. */
public final class StorageRequests {
    private final TierRetentions retentions;
    private final Tiers tiers;
    private final UsageAccount usage;
    private final JobRunner runner;

    public StorageRequests(
            TierRetentions retentions, Tiers tiers, UsageAccount usage, JobRunner runner) {
        this.retentions = retentions;
        this.tiers = tiers;
        this.usage = usage;
        this.runner = runner;
    }

    /**
     * The tier that somebody names.
     *
     * @param text its number, or {@code all}
     * @return empty for all of them
     * @throws Failure {@code BAD_ARGUMENT} if there is none of that number
     */
    public Optional<Integer> tier(String text) {
        if (text.equals("all")) {
            return Optional.empty();
        }
        List<Integer> numbers = retentions.numbers();
        return Optional.of(
                numbers.stream()
                        .filter(number -> text.equals(number.toString()))
                        .findFirst()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "there is no tier \"" + text + "\"",
                                        "say all, or a number up to "
                                                + numbers.size()
                                                + "; see them with: pgkeep vault tier list")));
    }

    /** Expires and sweeps; all tiers where none is named. */
    public Job sweep(Optional<Long> graceMinutes, Optional<Integer> tier) {
        return runner.submit(
                vaultOrder(
                        retentions,
                        JobKind.SWEEP,
                        tier.map(number -> "tier " + number).orElse("all tiers"),
                        Json.line(new SweepVault.Parameters(graceMinutes, tier))));
    }

    /** An order for a job of the vault's: one at a time, beside those of servers. */
    static Job.Order vaultOrder(
            TierRetentions retentions, JobKind kind, String name, String parameters) {
        return new Job.Order(
                kind,
                new ServerId(retentions.first().vault().id().value()),
                "",
                "",
                name,
                parameters,
                Optional.empty(),
                List.of());
    }

    /** What a sweep would do now. */
    public SweepView rehearse(Optional<Long> graceMinutes, Optional<Integer> tier) {
        SweepVault.Parameters asked = new SweepVault.Parameters(graceMinutes, tier);
        return SweepVault.each(
                retentions,
                tier,
                true,
                retention -> retention.rehearse(asked.grace(), SweepListener.SILENT));
    }

    /** Who takes how much in each tier. */
    public List<UsageView> usage() {
        List<UsageView> rows = new ArrayList<>();
        for (int number : retentions.numbers()) {
            try {
                rows.addAll(
                        usage.rows(
                                retentions.of(number), tiers.settings(number).pricePerGbMonth()));
            } catch (Failure away) {
                if (number == 1 || away.code().kind() != Code.Kind.UNAVAILABLE) {
                    throw away;
                }
                rows.add(UsageView.away(number, away.message()));
            }
        }
        return rows;
    }
}
