package org.pgkeep.service.drill;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.drill.Drill;
import org.pgkeep.engine.drill.DrillOutcome;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.vault.Vault;

/**
 * Restores into a place that bears the job's own identity, checks, and removes it. No row of the
 * catalog and no document of the vault ever tells of that server: nobody adopts it.
 */
public final class DrillRecipe implements Recipe {
    private final Workshop workshop;
    private final Vault everywhere;

    /**
     * The recipe.
     *
     * @param everywhere the vault, reading from whichever tier has what is asked for
     */
    public DrillRecipe(Workshop workshop, Vault everywhere) {
        this.workshop = workshop;
        this.everywhere = everywhere;
    }

    @Override
    public Object run(JobRun run) {
        DrillParameters asked = DrillParameters.of(run.job());
        ServerId source = ServerId.parse(asked.sourceId());
        Optional<Double> atRisk =
                workshop.watches()
                        .find(source)
                        .map(ServerWatch::health)
                        .flatMap(Health::figures)
                        .flatMap(CaptureFigures::atRisk)
                        .map(Duration::toMillis)
                        .map(millis -> millis / 1000.0);
        RestorePlan plan = workshop.plan(everywhere, source, asked.target(), run);
        DrillOutcome outcome =
                new Drill(everywhere, workshop.clock())
                        .run(plan, place(run, source), asked.questions(), run);
        return DrillView.result(outcome, atRisk);
    }

    /** Of the source's major version, whether the source is there or not. */
    private ServerPlace place(JobRun run, ServerId source) {
        Set<Integer> taken =
                workshop.servers().all().stream().map(ServerRow::port).collect(Collectors.toSet());
        return workshop.places()
                .at(
                        run.job().server(),
                        Workshop.document(everywhere, source).version().major(),
                        workshop.places().freePort(taken));
    }

    @Override
    public void undo(JobRun run) {
        // normally the drill has removed it; a run that was killed could not
        ServerId source = ServerId.parse(DrillParameters.of(run.job()).sourceId());
        new ManagedServer(place(run, source)).removeRootEvenIfInterrupted();
    }
}
