package org.pgkeep.service.drill;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.drill.DrillQuestion;
import org.pgkeep.engine.drill.RandomMoment;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.PlanView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.recipe.Targets;
import org.pgkeep.service.request.Identities;
import org.pgkeep.service.request.Names;
import org.pgkeep.service.request.RestoreRequests;
import org.pgkeep.service.request.RestoreRequests.Wish;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerViews;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.Watches;

/** What can be asked about drills. */
public final class DrillRequests {
    private final Names names;
    private final JobTable jobs;
    private final JobRunner runner;
    private final RestoreRequests restores;
    private final ServerViews views;
    private final Watches watches;
    private final Places places;
    private final Identities identities;
    private final RandomGenerator random;

    public DrillRequests(
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            RestoreRequests restores,
            ServerViews views,
            Watches watches,
            Places places,
            Identities identities,
            RandomGenerator random) {
        this.names = new Names(servers);
        this.jobs = jobs;
        this.runner = runner;
        this.restores = restores;
        this.views = views;
        this.watches = watches;
        this.places = places;
        this.identities = identities;
        this.random = random;
    }

    /**
     * Starts a drill.
     *
     * @param source the name or id of the server whose past is to be restored
     * @param wish where to; empty for a random moment of all that can be gone back to
     * @param zone the user's zone
     * @param questions what has to be true of the copy
     * @throws Failure as {@link RestoreRequests#plan}; {@code NO_BINARIES}; {@code MOMENT_NOT_HELD}
     *     if there is nothing to go back to yet
     */
    public Job start(
            String source,
            String namespace,
            Optional<Wish> wish,
            ZoneId zone,
            List<DrillQuestion> questions) {
        ServerRow row = names.server(source, namespace);
        places.ofMajor(row.version().major());
        RestorePlan plan = restores.plan(row, wish.orElseGet(() -> anyMoment(row)), zone);
        return runner.submit(
                new Job.Order(
                        JobKind.DRILL,
                        identities.server(),
                        row.namespace(),
                        row.name(),
                        "drill of " + row.name(),
                        Json.line(
                                new DrillParameters(
                                        row.id().toString(), Targets.fixed(plan), questions)),
                        Optional.of(Json.line(PlanView.of(plan, zone))),
                        List.of()));
    }

    private Wish anyMoment(ServerRow row) {
        Optional<Instant> heldThrough =
                watches.find(row.id()).map(ServerWatch::health).flatMap(Health::heldThrough);
        return RandomMoment.in(views.rangesOfNewest(row.id(), heldThrough), random)
                .map(moment -> new Wish.AtTime(moment.toString()))
                .orElseThrow(() ->
                        new Failure(
                                Code.MOMENT_NOT_HELD,
                                "server \"" + row.title() + "\" can't be gone back to yet",
                                "take a backup first: pgkeep backup take -n " + row.name()));
    }

    /**
     * The drills there were, newest first.
     *
     * @param source the server's name or id; empty for all
     * @throws Failure {@code UNKNOWN_SERVER}
     */
    public List<DrillView> list(Optional<String> source, String namespace) {
        Optional<ServerId> id = source.map(it -> names.server(it, namespace).id());
        return drills(id).map(DrillView::of).toList();
    }

    /** The newest drill of a server. */
    Optional<Job> newest(ServerRow row) {
        return drills(Optional.of(row.id())).findFirst();
    }

    private Stream<Job> drills(Optional<ServerId> source) {
        return jobs.all().stream()
                .filter(job -> job.kind() == JobKind.DRILL)
                .filter(job ->
                        source.isEmpty()
                                || DrillParameters.of(job)
                                        .sourceId()
                                        .equals(source.get().toString()));
    }
}
