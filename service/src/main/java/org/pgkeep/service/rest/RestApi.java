package org.pgkeep.service.rest;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.StatusView;
import org.pgkeep.service.drill.DrillRequests;
import org.pgkeep.service.metrics.Metrics;
import org.pgkeep.service.recipe.BackupParameters;
import org.pgkeep.service.request.BackupRequests;
import org.pgkeep.service.request.HistoryRequests;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.KeyRequests;
import org.pgkeep.service.request.Names;
import org.pgkeep.service.request.RestoreRequests;
import org.pgkeep.service.request.RestoreRequests.Restoration;
import org.pgkeep.service.request.ServerRequests;
import org.pgkeep.service.request.TierRequests;
import org.pgkeep.service.request.WalRequests;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the REST API, the check of the token, and what a failure looks like. */
public final class RestApi implements AutoCloseable {
    /** Where all routes begin. */
    public static final String ROOT = "/api/v1";

    /**
     * What Prometheus reads, on the loopback interface like all else and without a token, which is
     * another one after each start: names and figures of servers, no data, nothing can be done.
     */
    public static final String METRICS = "/metrics";

    /** The largest request there is holds a name, a moment and some options. */
    private static final long REQUEST_BYTES_MAX = 1 << 20;

    /** How long requests that are being answered hold up the end. */
    private static final Duration STOP_AT_MOST = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(RestApi.class);

    private final byte[] token;
    private final Requests requests;
    private final WalRoutes wal;
    private final Supplier<StatusView> status;
    private final Consumer<Boolean> shutdown;
    private final Metrics metrics;
    private final Javalin server;

    /**
     * Who answers.
     *
     * @param servers about servers
     * @param backups about backups
     * @param restores about restores
     * @param history about the past
     * @param jobs about jobs
     * @param keys about the vault's keys
     * @param wal about WAL that servers hand over
     * @param tiers about the vault and its tiers
     * @param keep about what is kept
     * @param drills about drills
     */
    public record Requests(
            ServerRequests servers,
            BackupRequests backups,
            RestoreRequests restores,
            HistoryRequests history,
            JobRequests jobs,
            KeyRequests keys,
            WalRequests wal,
            TierRequests tiers,
            KeepRoutes.Requests keep,
            DrillRequests drills) {}

    /**
     * One route.
     *
     * @param method such as {@code GET}
     * @param path below {@link #ROOT}, parameters in braces
     */
    public record Route(String method, String path) {}

    /** A route with who answers. */
    record Handled(Route route, Handler handler) {}

    /**
     * An API that does not listen yet.
     *
     * @param token what every request has to carry
     * @param status tells of the service
     * @param shutdown ends the service, after the answer is out; true: the servers too
     * @param metrics what {@link #METRICS} answers
     */
    public RestApi(
            String token,
            Requests requests,
            Supplier<StatusView> status,
            Consumer<Boolean> shutdown,
            Metrics metrics) {
        this.token = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
        this.requests = requests;
        this.wal = new WalRoutes(requests.wal());
        this.status = status;
        this.shutdown = shutdown;
        this.metrics = metrics;
        this.server = Javalin.create(this::configure);
    }

    /**
     * Listens on the loopback interface.
     *
     * @param port 0 for a free one
     * @return the port
     * @throws Failure {@code PORT_TAKEN}
     */
    public int start(int port) {
        try {
            return server.start("127.0.0.1", port).port();
        } catch (JavalinBindException e) {
            throw new Failure(
                    Code.PORT_TAKEN,
                    "port " + port + " is in use on this machine",
                    "let the service find a free one by leaving it out",
                    e);
        }
    }

    /** Every route there is. */
    public List<Route> routes() {
        return handlers().stream().map(Handled::route).toList();
    }

    private void configure(JavalinConfig config) {
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.concurrency.useVirtualThreads = true;
        config.http.maxRequestSize = REQUEST_BYTES_MAX;
        config.jetty.modifyServer(jetty -> jetty.setStopTimeout(STOP_AT_MOST.toMillis()));
        config.routes.before(this::checkToken);
        config.routes.get(
                METRICS,
                context -> context.contentType(Metrics.CONTENT_TYPE).result(metrics.text()));
        for (Handled each : handlers()) {
            config.routes.addHttpHandler(
                    HandlerType.findOrCreate(each.route().method()),
                    ROOT + each.route().path(),
                    each.handler());
        }
        config.routes.exception(Failure.class, RestApi::fail);
        config.routes.exception(
                HttpResponseException.class,
                (e, context) ->
                        answerError(
                                context,
                                e.getStatus(),
                                new ErrorView(
                                        Code.BAD_ARGUMENT.text(),
                                        "refused",
                                        String.valueOf(e.getMessage()),
                                        "see openapi.yaml for what can be asked")));
        config.routes.exception(
                Exception.class,
                (defect, context) -> {
                    LOG.error("{} {}", context.method(), context.path(), defect);
                    answerError(context, 500, ErrorView.ofDefect(defect));
                });
    }

    private List<Handled> handlers() {
        return Stream.of(
                        serverHandlers(),
                        new KeyRoutes(requests.keys(), requests.jobs()).handlers(),
                        wal.handlers(),
                        new TierRoutes(requests.tiers(), requests.jobs()).handlers(),
                        new KeepRoutes(requests.keep(), requests.jobs()).handlers(),
                        new DrillRoutes(requests.drills(), requests.jobs()).handlers())
                .flatMap(List::stream)
                .toList();
    }

    private List<Handled> serverHandlers() {
        return List.of(
                on("GET", "/status", context -> answer(context, 200, status.get())),
                on("POST", "/shutdown", this::shutDown),
                on("GET", "/servers", this::listServers),
                on("POST", "/servers", this::createServer),
                on("GET", "/servers/{server}", this::showServer),
                on("DELETE", "/servers/{server}", this::deleteServer),
                on("GET", "/servers/{server}/backups", this::listBackups),
                on("POST", "/servers/{server}/backups", this::takeBackup),
                on("GET", "/servers/{server}/moments", this::listMoments),
                on("GET", "/servers/{server}/ranges", this::listRanges),
                on("POST", "/restores", this::restore),
                on("POST", "/restores/plan", this::planRestore),
                on("GET", "/jobs", context -> answer(context, 200, requests.jobs().list())),
                on("GET", "/jobs/{job}", this::showJob));
    }

    static Handled on(String method, String path, Handler handler) {
        return new Handled(new Route(method, path), handler);
    }

    // ---- the service

    private void shutDown(Context context) throws IOException {
        String servers = parameter(context, "servers").orElse("keep");
        if (!servers.equals("keep") && !servers.equals("stop")) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "servers can't be \"" + servers + "\"",
                    "say keep (they go on running) or stop");
        }
        // the answer is out before the end begins: nobody else would send it
        byte[] answer = Json.line(Map.of("state", "stopping")).getBytes(StandardCharsets.UTF_8);
        context.status(202).contentType("application/json");
        context.header("Content-Length", Integer.toString(answer.length));
        context.outputStream().write(answer);
        context.outputStream().flush();
        shutdown.accept(servers.equals("stop"));
    }

    // ---- servers

    private void listServers(Context context) {
        answer(
                context,
                200,
                requests.servers()
                        .list(
                                parameter(context, "namespace"),
                                parameter(context, "deleted").filter("true"::equals).isPresent()));
    }

    private void createServer(Context context) {
        Body body =
                Body.of(context.body(), Set.of("name", "namespace", "version", "port", "options"));
        accept(
                context,
                requests.servers()
                        .create(
                                new ServerRequests.Creation(
                                        body.text("name"),
                                        body.optionalText("namespace")
                                                .orElse(Names.DEFAULT_NAMESPACE),
                                        body.optionalText("version"),
                                        body.optionalPort("port"),
                                        body.texts("options"))));
    }

    private void showServer(Context context) {
        answer(context, 200, requests.servers().show(server(context), namespace(context)));
    }

    private void deleteServer(Context context) {
        accept(context, requests.servers().delete(server(context), namespace(context)));
    }

    // ---- backups and the past

    private void listBackups(Context context) {
        answer(context, 200, requests.backups().list(server(context), namespace(context)));
    }

    private void takeBackup(Context context) {
        Body body = Body.of(context.body(), Set.of("name", "whole", "rate"));
        accept(
                context,
                requests.backups()
                        .take(
                                server(context),
                                namespace(context),
                                body.optionalText("name"),
                                new BackupParameters.How(body.flag("whole"), body.rate("rate"))));
    }

    private void listMoments(Context context) {
        answer(
                context,
                200,
                requests.history()
                        .moments(
                                server(context),
                                namespace(context),
                                parameter(context, "since"),
                                zone(parameter(context, "timeZone")),
                                parameter(context, "drops").filter("true"::equals).isPresent()));
    }

    private void listRanges(Context context) {
        answer(context, 200, requests.history().ranges(server(context), namespace(context)));
    }

    // ---- restores

    private void restore(Context context) {
        accept(context, requests.restores().restore(restoration(context)));
    }

    private void planRestore(Context context) {
        answer(context, 200, requests.restores().plan(restoration(context)));
    }

    private static Restoration restoration(Context context) {
        Body body =
                Body.of(
                        context.body(),
                        Set.of(
                                "name",
                                "namespace",
                                "source",
                                "target",
                                "timeZone",
                                "port",
                                "tier"));
        return new Restoration(
                body.optionalText("name").orElse(""),
                body.optionalText("namespace").orElse(Names.DEFAULT_NAMESPACE),
                body.optionalText("source"),
                TargetBody.in(body),
                zone(body.optionalText("timeZone")),
                body.optionalPort("port"),
                body.optionalNumber("tier").map(Math::toIntExact));
    }

    // ---- jobs

    private void showJob(Context context) {
        answer(context, 200, requests.jobs().show(context.pathParam("job")));
    }

    private void accept(Context context, Job job) {
        answer(context, 202, requests.jobs().view(job));
    }

    // ---- what all have in common

    private void checkToken(Context context) {
        if (context.path().equals(METRICS)) {
            return;
        }
        String shown = Optional.ofNullable(context.header("Authorization")).orElse("");
        if (!MessageDigest.isEqual(token, shown.getBytes(StandardCharsets.UTF_8))
                && !wal.admits(context)) {
            throw new Failure(
                    Code.NOT_ALLOWED,
                    "the request does not carry the service's token",
                    "send the header Authorization: Bearer TOKEN, with the token from service.json"
                            + " in the home");
        }
    }

    private static String server(Context context) {
        return context.pathParam("server");
    }

    private static String namespace(Context context) {
        return parameter(context, "namespace").orElse(Names.DEFAULT_NAMESPACE);
    }

    /** A parameter of the query; an empty one counts as missing. */
    private static Optional<String> parameter(Context context, String name) {
        return Optional.ofNullable(context.queryParam(name)).filter(text -> !text.isBlank());
    }

    static ZoneId zone(Optional<String> name) {
        try {
            return name.map(ZoneId::of).orElse(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "there is no time zone \"" + name.orElse("") + "\"",
                    "write it like Europe/Berlin or +02:00",
                    e);
        }
    }

    static void answer(Context context, int status, Object document) {
        context.status(status).contentType("application/json").result(Json.line(document));
    }

    private static void answerError(Context context, int status, ErrorView error) {
        answer(context, status, Map.of("error", error));
    }

    private static void fail(Failure failure, Context context) {
        if (failure.code().kind() != Code.Kind.REFUSED) {
            LOG.warn(
                    "{} {}: {}",
                    context.method().name().toUpperCase(Locale.ROOT),
                    context.path(),
                    failure.message(),
                    failure);
        }
        answerError(context, status(failure.code()), ErrorView.of(failure));
    }

    /** The HTTP status that goes with a failure. */
    static int status(Code code) {
        return switch (code) {
            case UNKNOWN_SERVER, UNKNOWN_BACKUP, UNKNOWN_JOB, WAL_NOT_HELD -> 404;
            case NAME_TAKEN, PORT_TAKEN, WRONG_STATE, IN_USE, WAL_DIFFERS -> 409;
            case NOT_ALLOWED -> 401;
            default ->
                    switch (code.kind()) {
                        case REFUSED -> 422;
                        case UNAVAILABLE -> 503;
                        case DAMAGED -> 500;
                    };
        };
    }

    /** Lets requests that are being answered come to their end, and takes no more. */
    @Override
    public void close() {
        server.stop();
    }
}
