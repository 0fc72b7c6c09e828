package org.pgkeep.cli.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.NotYet;
import org.pgkeep.cli.face.RestoreTargetOptions;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** {@code server restore}: a new server from the past of another. */
@Command(
        name = "restore",
        header =
                "Restore a new server from the past of another, or a server's own past in its place.",
        description = {
            "",
            "The original is not touched: the new server gets its own data directory, port and ID."
                    + " Its firewall lets nobody in over TCP until a rule is added; the user who"
                    + " runs pgkeep gets in over the local socket. Before it starts, pgkeep says"
                    + " what it understood.",
            "Where -n names a server that is there, the restored one takes its place, with its port"
                    + " and firewall. The present state is brought into the vault first; the line"
                    + " that brings it back is printed. Needs room for both.",
            "With --to-directory, only the files are made, for a PostgreSQL of your own: whoever"
                    + " starts it on them starts the recovery. Needs no running service, and stays"
                    + " on this machine.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep server restore -n pg1-before -f pg1 -t 10m --wait",
            "  pgkeep server restore -n pg1-before -f pg1 --before 812 --wait",
            "  pgkeep server restore -n pg1-before -f pg1 -t '9:00 pm' --plan",
            "  pgkeep server restore -n pg1 -bn before-upgrade --wait     in its place",
            "  pgkeep server restore --to-directory /srv/pg -f pg1 -t 10m     the files only",
            "Next:",
            "  pgkeep server show -n pg1-before     tells how to connect"
        })
public final class ServerRestore implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    @Option(
            names = {"-f", "--from"},
            paramLabel = "SOURCE",
            description =
                    "The server to restore from: name or ID; a deleted one by its ID. Default: the"
                            + " one of that name itself.")
    private @Nullable String source;

    @Mixin private final RestoreTargetOptions target = new RestoreTargetOptions();

    @Option(names = "--plan", description = "Only say what would be done, and do nothing.")
    private boolean planOnly;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port of the new server on 127.0.0.1 (default: a free one).")
    private @Nullable Integer port;

    @Option(
            names = "--tier",
            paramLabel = "N",
            description =
                    "Read from this tier of the vault alone (default: the first one that has what"
                            + " is needed).")
    private @Nullable Integer tier;

    @Mixin private final ToDirectory directory = new ToDirectory();
    @Mixin private final WaitOption wait = new WaitOption();

    private ServerRestore(Face face) {
        this.face = face;
    }

    /** The command. */
    public static CommandLine command(Face face) {
        CommandLine line = new CommandLine(new ServerRestore(face));
        NotYet.options(line, Map.of("--keep-parameters", "keeping the origin's parameters is"));
        // a directory needs no name
        OptionSpec name = line.getCommandSpec().findOption("-n");
        line.getCommandSpec().remove(name);
        line.getCommandSpec().addOption(OptionSpec.builder(name).required(false).build());
        return line;
    }

    @Override
    public void run() {
        if (directory.isWanted()) {
            intoDirectory();
            return;
        }
        directory.refuseAlone();
        if (server.name().isEmpty()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "it isn't said how the new server is to be called",
                    "add -n NAME; for a plain directory, --to-directory DIR");
        }
        Json body = body();
        ServiceClient service = face.service();
        if (planOnly) {
            Json plan = service.post("/restores/plan", body);
            face.result(plan, () -> text(plan));
            return;
        }
        // The service plans before it answers: the job carries what it understood, and is Pending.
        Json job = service.post("/restores", body);
        face.terminal().err().print(text(job.at("plan")));
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> ServerText.table(List.of(service.get(server.path("")))),
                        done -> RestoreText.outcome(done, undo(done)));
    }

    private void intoDirectory() {
        if (port != null || tier != null) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    (port != null ? "--port" : "--tier") + " has no meaning for a directory",
                    port != null
                            ? "leave it out, and start PostgreSQL with the port it is to have"
                            : "name the tier's place instead, with --vault PLACE");
        }
        String of = source == null ? server.name() : source;
        if (of.isEmpty()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "it isn't said from which server to restore",
                    "add -f SOURCE, the name or ID of a server");
        }
        directory.restore(face, of, server.namespace(), target, planOnly);
    }

    /** The line that brings back what a restore took the place of; empty where it took none. */
    private String undo(Json done) {
        return done.at("replaces")
                .asText()
                .map(id ->
                        face.line(
                                "server restore "
                                        + server.asTyped()
                                        + " -f "
                                        + id
                                        + " --latest --wait"))
                .orElse("");
    }

    private String text(Json plan) {
        return RestoreText.plan(plan, target.asAsked(), server.name(), face.terminal());
    }

    private Json body() {
        Map<String, Json> body = new LinkedHashMap<>();
        body.put("name", Json.text(server.name()));
        body.put("namespace", Json.text(server.namespace()));
        if (source != null) {
            body.put("source", Json.text(source));
        }
        body.put("target", target.target());
        body.put("timeZone", Json.text(face.terminal().zone().getId()));
        if (port != null) {
            body.put("port", Json.number(port));
        }
        if (tier != null) {
            body.put("tier", Json.number(tier));
        }
        return Json.object(body);
    }
}
