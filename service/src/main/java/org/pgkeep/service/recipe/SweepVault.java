package org.pgkeep.service.recipe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.SweepView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.keep.Retention;
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Expires what no restore point in the window needs, and removes what nothing needs any more. */
public final class SweepVault implements Recipe {
    private static final Logger LOG = LoggerFactory.getLogger(SweepVault.class);

    private final TierRetentions retentions;
    private final ServerTable servers;

    public SweepVault(TierRetentions retentions, ServerTable servers) {
        this.retentions = retentions;
        this.servers = servers;
    }

    /**
     * What is asked.
     *
     * @param graceMinutes another grace period than the usual one
     * @param tier which; empty for all of them
     */
    public record Parameters(Optional<Long> graceMinutes, Optional<Integer> tier) {
        /** The grace period asked for. */
        public Optional<Duration> grace() {
            return graceMinutes.map(Duration::ofMinutes);
        }
    }

    @Override
    public Object run(JobRun run) {
        Parameters asked = Json.read(run.job().parameters(), Parameters.class);
        SweepView found =
                each(
                        retentions,
                        asked.tier(),
                        false,
                        retention -> {
                            run.checkGoingOn();
                            return retention.sweep(asked.grace(), listener(run));
                        });
        forgetEnded(retentions, servers);
        return found;
    }

    /**
     * Does something with each tier. One that is away does not keep the others from it, unless it
     * is the one that was named.
     */
    public static SweepView each(
            TierRetentions retentions,
            Optional<Integer> tier,
            boolean dryRun,
            Function<Retention, SweepReport> work) {
        List<SweepView.Tier> found = new ArrayList<>();
        for (int number : tier.map(List::of).orElseGet(retentions::numbers)) {
            try {
                found.add(SweepView.Tier.of(number, work.apply(retentions.of(number))));
            } catch (Failure failure) {
                boolean passes =
                        failure.code() == Code.IN_USE || failure.code() == Code.STORE_UNAVAILABLE;
                if (tier.isPresent() || number == 1 || !passes) {
                    throw failure;
                }
                LOG.warn("tier {} is not swept now: {}", number, failure.message());
                found.add(SweepView.Tier.unswept(number, "not swept: " + failure.message()));
            }
        }
        return SweepView.of(dryRun, found);
    }

    static SweepListener listener(JobRun run) {
        return (phase, done, total) -> run.report(new Progress(phase, done, total));
    }

    /** Deleted servers of which no tier has anything any more; when one is away, who knows. */
    static void forgetEnded(TierRetentions retentions, ServerTable servers) {
        for (ServerRow row : servers.all()) {
            ServerId id = row.id();
            if (row.wanted() == Wanted.DELETED && isGoneEverywhere(retentions, id)) {
                servers.forget(id);
            }
        }
    }

    private static boolean isGoneEverywhere(TierRetentions retentions, ServerId id) {
        try {
            return retentions.numbers().stream()
                    .noneMatch(number ->
                            retentions.of(number).vault().archives().contains(id.archive()));
        } catch (Failure away) {
            if (away.code() == Code.INTERRUPTED) {
                throw away;
            }
            return false;
        }
    }
}
