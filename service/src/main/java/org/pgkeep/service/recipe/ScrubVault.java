package org.pgkeep.service.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.pgkeep.engine.Progress;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.TierView;
import org.pgkeep.service.home.TierStores.OpenTier;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.sync.Pace;
import org.pgkeep.vault.sync.Scrub;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads every copy of everything in all tiers, and repairs what is damaged. */
public final class ScrubVault implements Recipe {
    private static final Logger LOG = LoggerFactory.getLogger(ScrubVault.class);

    private final Tiers tiers;
    private final LongSupplier bytesPerSecond;

    /**
     * The recipe.
     *
     * @param bytesPerSecond how much it reads at most
     */
    public ScrubVault(Tiers tiers, LongSupplier bytesPerSecond) {
        this.tiers = tiers;
        this.bytesPerSecond = bytesPerSecond;
    }

    @Override
    public Object run(JobRun run) {
        List<Scrub.Report> reports = new ArrayList<>();
        List<OpenTier> all = tiers.all();
        for (OpenTier tier : all) {
            List<ObjectStore> others =
                    all.stream().filter(each -> !each.equals(tier)).map(OpenTier::store).toList();
            Scrub.Report report =
                    new Scrub(tier.store(), tier.places(), others, tiers.check())
                            .run(
                                    Scrub.Report.NONE,
                                    Pace.bytesPerSecond(
                                            bytesPerSecond.getAsLong(), run::isCalledOff),
                                    (soFar, objects) ->
                                            run.report(
                                                    new Progress(
                                                            "reading " + tier.settings().name(),
                                                            soFar.objects(),
                                                            objects)),
                                    run::isCalledOff);
            run.checkGoingOn();
            reports.add(report);
            report.damaged()
                    .forEach(name ->
                            LOG.warn(
                                    "scrub: object {} was damaged or missing at {}",
                                    name,
                                    tier.store().location()));
        }
        TierView.Scrubbed found = TierView.Scrubbed.of(reports);
        if (!found.unrepairable().isEmpty()) {
            throw new Failure(
                    Code.DAMAGED_OBJECT,
                    found.unrepairable().size()
                            + " objects are damaged and could not be repaired: "
                            + String.join(", ", found.unrepairable()),
                    "bring back locations that are away, or add a tier that has them; then scrub"
                            + " again");
        }
        return found;
    }
}
