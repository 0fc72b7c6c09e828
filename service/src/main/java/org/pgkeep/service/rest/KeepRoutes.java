package org.pgkeep.service.rest;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.request.BackupActs;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.Names;
import org.pgkeep.service.request.ServerUpdates;
import org.pgkeep.service.request.StorageRequests;

/** The routes of what is kept: single backups, settings, sweep and usage. */
public final class KeepRoutes {
    private final Requests requests;
    private final JobRequests jobs;

    /**
     * Who answers.
     *
     * @param backups about one backup
     * @param updates about how servers are kept
     * @param storage about room
     */
    public record Requests(BackupActs backups, ServerUpdates updates, StorageRequests storage) {}

    KeepRoutes(Requests requests, JobRequests jobs) {
        this.requests = requests;
        this.jobs = jobs;
    }

    List<RestApi.Handled> handlers() {
        String backup = "/servers/{server}/backups/{backup}";
        return List.of(
                RestApi.on("GET", backup, this::showBackup),
                RestApi.on("DELETE", backup, this::deleteBackup),
                RestApi.on("POST", backup + "/pin", context -> pin(context, true)),
                RestApi.on("DELETE", backup + "/pin", context -> pin(context, false)),
                RestApi.on("POST", backup + "/verifications", this::verify),
                RestApi.on("POST", "/servers/{server}/settings", this::update),
                RestApi.on("POST", "/servers/{server}/purge", this::purge),
                RestApi.on("GET", "/vault/sweep", this::rehearse),
                RestApi.on("POST", "/vault/sweep", this::sweep),
                RestApi.on(
                        "GET",
                        "/vault/usage",
                        context -> RestApi.answer(context, 200, requests.storage().usage())),
                RestApi.on("POST", "/jobs/{job}/cancel", this::cancel),
                RestApi.on("POST", "/jobs/{job}/pause", context -> pause(context, true)),
                RestApi.on("POST", "/jobs/{job}/resume", context -> pause(context, false)));
    }

    private void showBackup(Context context) {
        RestApi.answer(
                context,
                200,
                requests.backups().show(server(context), namespace(context), backup(context)));
    }

    private void deleteBackup(Context context) {
        RestApi.answer(
                context,
                200,
                requests.backups()
                        .delete(
                                server(context),
                                namespace(context),
                                backup(context),
                                tier(Optional.ofNullable(context.queryParam("tier")))));
    }

    private Optional<Integer> tier(Optional<String> text) {
        return requests.storage().tier(text.filter(it -> !it.isBlank()).orElse("all"));
    }

    private void pin(Context context, boolean pinned) {
        Body body = Body.of(context.body(), Set.of("why"));
        RestApi.answer(
                context,
                200,
                requests.backups()
                        .pin(
                                server(context),
                                namespace(context),
                                backup(context),
                                pinned,
                                body.optionalText("why").orElse("")));
    }

    private void verify(Context context) {
        RestApi.answer(
                context,
                202,
                jobs.view(
                        requests.backups()
                                .verify(server(context), namespace(context), backup(context))));
    }

    private void update(Context context) {
        Body body = Body.of(context.body(), Set.of("options"));
        RestApi.answer(
                context,
                200,
                requests.updates()
                        .update(server(context), namespace(context), body.texts("options")));
    }

    private void purge(Context context) {
        Body body = Body.of(context.body(), Set.of("confirm"));
        RestApi.answer(
                context,
                202,
                jobs.view(
                        requests.updates()
                                .purge(server(context), namespace(context), body.text("confirm"))));
    }

    private void rehearse(Context context) {
        Optional<Long> grace =
                Optional.ofNullable(context.queryParam("graceMinutes")).map(KeepRoutes::minutes);
        RestApi.answer(
                context,
                200,
                requests.storage()
                        .rehearse(grace, tier(Optional.ofNullable(context.queryParam("tier")))));
    }

    private void sweep(Context context) {
        Body body = Body.of(context.body(), Set.of("graceMinutes", "tier"));
        Optional<Long> grace = body.optionalText("graceMinutes").map(KeepRoutes::minutes);
        Optional<Integer> tier = tier(body.optionalText("tier"));
        RestApi.answer(context, 202, jobs.view(requests.storage().sweep(grace, tier)));
    }

    private static long minutes(String text) {
        if (!text.matches("\\d{1,7}")) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "graceMinutes can't be \"" + text + "\"",
                    "write a number of minutes, such as 1440");
        }
        return Long.parseLong(text);
    }

    private void pause(Context context, boolean now) {
        RestApi.answer(context, 200, jobs.pause(context.pathParam("job"), now));
    }

    private void cancel(Context context) {
        RestApi.answer(context, 200, jobs.cancel(context.pathParam("job")));
    }

    private static String server(Context context) {
        return context.pathParam("server");
    }

    private static String backup(Context context) {
        return context.pathParam("backup");
    }

    private static String namespace(Context context) {
        return Optional.ofNullable(context.queryParam("namespace"))
                .filter(text -> !text.isBlank())
                .orElse(Names.DEFAULT_NAMESPACE);
    }
}
