package org.pgkeep.service.rest;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.engine.archiving.HeldFile;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.request.Names;
import org.pgkeep.service.request.WalRequests;

/**
 * WAL, file by file: what {@code archive_command} and {@code restore_command} ask for. Besides the
 * service's token that of the server's own door is good here.
 */
final class WalRoutes {
    private static final Pattern OWN =
            Pattern.compile(Pattern.quote(RestApi.ROOT) + "/servers/([^/]+)/wal(/[^/]+)?");

    private static final String BEARER = "Bearer ";

    private final WalRequests requests;

    WalRoutes(WalRequests requests) {
        this.requests = requests;
    }

    List<RestApi.Handled> handlers() {
        return List.of(
                RestApi.on("POST", "/servers/{server}/wal", this::push),
                RestApi.on("GET", "/servers/{server}/wal/{file}", this::fetch));
    }

    /** Whether the request carries the token of the server it is about. */
    boolean admits(Context context) {
        Matcher path = OWN.matcher(context.path());
        String shown = String.valueOf(context.header("Authorization"));
        if (!path.matches() || !shown.startsWith(BEARER)) {
            return false;
        }
        try {
            return requests.admits(
                    shown.substring(BEARER.length()), path.group(1), namespace(context));
        } catch (Failure unknownServer) {
            return false;
        }
    }

    private void push(Context context) {
        Path file = path(Body.of(context.body(), Set.of("path")).text("path"));
        var outcome = requests.push(context.pathParam("server"), namespace(context), file);
        context.status(200)
                .contentType("application/json")
                .result(
                        Json.line(
                                Map.of(
                                        "outcome",
                                        outcome.name()
                                                .toLowerCase(Locale.ROOT)
                                                .replace('_', '-'))));
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "path is none",
                    "send the absolute path of a file of pg_wal",
                    e);
        }
    }

    private void fetch(Context context) throws IOException {
        String name = context.pathParam("file");
        HeldFile file =
                requests.fetch(context.pathParam("server"), namespace(context), name)
                        .orElseThrow(() ->
                                new Failure(
                                        Code.WAL_NOT_HELD,
                                        name + " is not in the vault, or not yet",
                                        "what is held is listed by: pgkeep ranges"));
        context.status(200).contentType("application/octet-stream");
        context.header("Content-Length", Long.toString(file.bytes()));
        OutputStream out = context.outputStream();
        file.content().writeTo(out);
    }

    private static String namespace(Context context) {
        String said = context.queryParam("namespace");
        return said == null || said.isBlank() ? Names.DEFAULT_NAMESPACE : said;
    }
}
