package org.pgkeep.cli.drill;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pgkeep.cli.face.CheckText;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.RestoreTargetOptions;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drill run}. */
@Command(
        name = "run",
        header = "Restore a server's past for the proof alone, check it, throw it away.",
        description = {
            "",
            "A random moment of all that can be gone back to is restored into a server of its own,"
                    + " recovered, started and checked: it ended where it should, the last commit"
                    + " is there, every table and index is sound (by amcheck where that is"
                    + " installed), your questions are answered with true. Then it is removed. The"
                    + " times it took stay: pgkeep drill list.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep drill run -n pg1 --wait",
            "  pgkeep drill run -n pg1 -t 1d -d app -q 'select count(*) > 0 from orders' --wait",
            "Next:",
            "  pgkeep server update -n pg1 --drill-interval 7d     drills by itself"
        })
public final class DrillRun implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final RestoreTargetOptions target = new RestoreTargetOptions();

    @Option(
            names = {"-q", "--question"},
            paramLabel = "SQL",
            description = "A query whose only row begins with true when all is well; repeatable.")
    private List<String> questions = List.of();

    @Option(
            names = {"-d", "--database"},
            paramLabel = "DB",
            description = "The database that is asked (default: postgres).")
    private String database = "postgres";

    @Mixin private final WaitOption wait = new WaitOption();

    /** The command. */
    public DrillRun(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, Json> body = new LinkedHashMap<>();
        body.put("source", Json.text(server.name()));
        body.put("namespace", Json.text(server.namespace()));
        if (target.isGiven()) {
            body.put("target", target.target());
        }
        body.put("timeZone", Json.text(face.terminal().zone().getId()));
        body.put("database", Json.text(database));
        body.put("questions", new Json.Items(questions.stream().map(Json::text).toList()));
        ServiceClient service = face.service();
        Json job = service.post("/drills", Json.object(body));
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> "Restoring " + moment(job.at("plan")) + " of " + server.name() + "\n",
                        done -> text(job.at("plan"), done));
    }

    private static String moment(Json plan) {
        return plan.at("targetTime")
                .asText()
                .orElse("WAL position " + plan.at("targetLsn").shown());
    }

    private static String text(Json plan, Json done) {
        Facts facts =
                new Facts(0)
                        .add("Moment", moment(plan))
                        .add("Backup", plan.at("snapshot").at("name").shown())
                        .add("Restored in", seconds(done.at("restoreSeconds")))
                        .add("Ready after", seconds(done.at("readySeconds")))
                        .add("At risk then", seconds(done.at("atRiskSeconds")));
        CheckText.add(facts, done.at("checks"));
        return facts.text();
    }

    /** A span; nothing where it is not known. */
    static String seconds(Json seconds) {
        return seconds.asDecimal().map(Words::seconds).orElse("");
    }
}
