package org.pgkeep.service.rest;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.drill.DrillQuestion;
import org.pgkeep.service.drill.DrillRequests;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.Names;
import org.pgkeep.service.request.RestoreRequests.Wish;

/** The routes of restore drills. */
final class DrillRoutes {
    private final DrillRequests drills;
    private final JobRequests jobs;

    DrillRoutes(DrillRequests drills, JobRequests jobs) {
        this.drills = drills;
        this.jobs = jobs;
    }

    List<RestApi.Handled> handlers() {
        return List.of(
                RestApi.on("GET", "/drills", this::list),
                RestApi.on("POST", "/drills", this::start));
    }

    private void list(Context context) {
        Optional<String> server =
                Optional.ofNullable(context.queryParam("server")).filter(text -> !text.isBlank());
        String namespace =
                Optional.ofNullable(context.queryParam("namespace"))
                        .filter(text -> !text.isBlank())
                        .orElse(Names.DEFAULT_NAMESPACE);
        RestApi.answer(context, 200, drills.list(server, namespace));
    }

    private void start(Context context) {
        Body body =
                Body.of(
                        context.body(),
                        Set.of(
                                "source",
                                "namespace",
                                "target",
                                "timeZone",
                                "database",
                                "questions"));
        Optional<Wish> wish =
                body.has("target") ? Optional.of(TargetBody.in(body)) : Optional.empty();
        String database = body.optionalText("database").orElse(Sessions.USUAL_DATABASE);
        RestApi.answer(
                context,
                202,
                jobs.view(
                        drills.start(
                                body.text("source"),
                                body.optionalText("namespace").orElse(Names.DEFAULT_NAMESPACE),
                                wish,
                                RestApi.zone(body.optionalText("timeZone")),
                                body.list("questions").stream()
                                        .map(sql -> new DrillQuestion(database, sql))
                                        .toList())));
    }
}
