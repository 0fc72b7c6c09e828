package org.pgkeep.service.rest;

import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.KeyRequests;

/** The routes of the vault's keys, its rotation and its recovery kit. */
final class KeyRoutes {
    private final KeyRequests keys;
    private final JobRequests jobs;

    KeyRoutes(KeyRequests keys, JobRequests jobs) {
        this.keys = keys;
        this.jobs = jobs;
    }

    List<RestApi.Handled> handlers() {
        return List.of(
                RestApi.on(
                        "GET", "/vault/keys", context -> RestApi.answer(context, 200, keys.list())),
                RestApi.on("POST", "/vault/keys", this::add),
                RestApi.on("DELETE", "/vault/keys/{key}", this::remove),
                RestApi.on("POST", "/vault/rotations", this::rotate),
                RestApi.on(
                        "POST",
                        "/vault/resealings",
                        context -> RestApi.answer(context, 202, jobs.view(keys.reseal()))),
                RestApi.on(
                        "GET", "/vault/kit", context -> RestApi.answer(context, 200, keys.kit())),
                RestApi.on(
                        "POST",
                        "/vault/kit",
                        context -> RestApi.answer(context, 200, keys.writeKit())));
    }

    private void add(Context context) {
        Body body = Body.of(context.body(), Set.of("label", "passphrase", "keyFile", "keyService"));
        KeyRequests.Given given =
                new KeyRequests.Given(
                        one(body.optionalText("passphrase")),
                        one(body.optionalText("keyFile")),
                        one(body.optionalText("keyService")));
        RestApi.answer(context, 201, keys.add(given, body.optionalText("label")));
    }

    private void remove(Context context) {
        keys.remove(context.pathParam("key"));
        RestApi.answer(context, 200, keys.list());
    }

    private void rotate(Context context) {
        Body body =
                Body.of(
                        context.body(),
                        Set.of(
                                "key",
                                "masterKey",
                                "letOthersGo",
                                "passphrases",
                                "keyFiles",
                                "keyServices"));
        KeyRequests.Given given =
                new KeyRequests.Given(
                        body.list("passphrases"), body.list("keyFiles"), body.list("keyServices"));
        RestApi.answer(
                context,
                200,
                keys.rotate(
                        new KeyRequests.Rotation(
                                body.has("key"), body.has("masterKey"), body.has("letOthersGo")),
                        given));
    }

    private static List<String> one(Optional<String> text) {
        return text.stream().toList();
    }
}
