package org.pgkeep.service.rest;

import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.TierRequests;
import org.pgkeep.vault.tier.TierKeep;

/** The routes of the vault as a whole and of its tiers. */
final class TierRoutes {
    private final TierRequests tiers;
    private final JobRequests jobs;

    TierRoutes(TierRequests tiers, JobRequests jobs) {
        this.tiers = tiers;
        this.jobs = jobs;
    }

    List<RestApi.Handled> handlers() {
        return List.of(
                RestApi.on("GET", "/vault", context -> RestApi.answer(context, 200, tiers.show())),
                RestApi.on(
                        "GET",
                        "/vault/tiers",
                        context -> RestApi.answer(context, 200, tiers.list())),
                RestApi.on("POST", "/vault/tiers", this::add),
                RestApi.on(
                        "DELETE",
                        "/vault/tiers/{tier}",
                        context ->
                                RestApi.answer(
                                        context, 200, tiers.detach(number(context, "tier")))),
                RestApi.on(
                        "POST",
                        "/vault/tiers/{tier}/locations/{location}/refill",
                        context ->
                                RestApi.answer(
                                        context,
                                        200,
                                        tiers.refill(
                                                number(context, "tier"),
                                                number(context, "location")))),
                RestApi.on(
                        "GET",
                        "/vault/settings",
                        context -> RestApi.answer(context, 200, tiers.wishes().show())),
                RestApi.on("POST", "/vault/settings", this::change),
                RestApi.on(
                        "POST",
                        "/vault/scrubs",
                        context -> RestApi.answer(context, 202, jobs.view(tiers.scrub()))));
    }

    private static int number(Context context, String parameter) {
        String text = context.pathParam(parameter);
        if (!text.matches("[1-9][0-9]?")) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + text + "\" is no number of a " + parameter,
                    "see them with: pgkeep vault show");
        }
        return Integer.parseInt(text);
    }

    private void change(Context context) {
        Body body = Body.of(context.body(), Set.of("scrubEvery", "scrubRate"));
        Map<String, String> wishes = new TreeMap<>();
        for (String name : List.of("scrubEvery", "scrubRate")) {
            body.optionalText(name).ifPresent(value -> wishes.put(name, value));
        }
        RestApi.answer(context, 200, tiers.wishes().change(wishes));
    }

    private void add(Context context) {
        Body body =
                Body.of(
                        context.body(),
                        Set.of(
                                "name",
                                "places",
                                "redundancy",
                                "retentionMin",
                                "retentionMax",
                                "weekly",
                                "monthly",
                                "yearly",
                                "pricePerGbMonth"));
        RestApi.answer(
                context,
                201,
                tiers.add(
                        new TierRequests.Wanted(
                                body.optionalText("name"),
                                body.list("places"),
                                body.optionalText("redundancy"),
                                body.optionalText("retentionMin"),
                                body.optionalText("retentionMax"),
                                count(body, "weekly"),
                                count(body, "monthly"),
                                count(body, "yearly"),
                                body.optionalText("pricePerGbMonth"))));
    }

    private static int count(Body body, String name) {
        long count = body.optionalNumber(name).orElse(0L);
        if (count < 0 || count > TierKeep.KEEPS_MAX) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    count + " is no number of " + name + " keeps",
                    "choose one from 0 to " + TierKeep.KEEPS_MAX);
        }
        return (int) count;
    }
}
