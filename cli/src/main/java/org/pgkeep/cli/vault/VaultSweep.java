package org.pgkeep.cli.vault;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code vault sweep}. */
@Command(
        name = "sweep",
        header = "Expire what no restore point needs, and free the room of what is gone.",
        description = {
            "",
            "The service does this by itself, four times a day. Backups and WAL that no restore"
                    + " point of the recovery window needs expire; their bytes, those of deleted"
                    + " backups and those of backups that were cut short go when nothing has"
                    + " needed them for a day. Running backups and restores are not disturbed."
                    + " Each tier is swept by its own retention; the first keeps what another has"
                    + " still to copy.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault sweep --dry-run     says what would go, and why",
            "  pgkeep vault sweep --wait",
            "Next:",
            "  pgkeep vault usage"
        })
public final class VaultSweep implements Runnable {
    private final Face face;
    @Mixin private final WaitOption wait = new WaitOption();

    @Option(names = "--dry-run", description = "Only tell what would go; nothing is touched.")
    private boolean dryRun;

    @Option(
            names = "--grace-minutes",
            paramLabel = "N",
            description =
                    "How long something has to be unneeded before it goes (default: 1440). It"
                            + " takes two sweeps in any case.")
    private @Nullable Long graceMinutes;

    @Option(
            names = "--tier",
            paramLabel = "N|all",
            description = "Only this tier of the vault (default: all).")
    private String tier = "all";

    /** The command. */
    public VaultSweep(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        if (dryRun) {
            Json report = service.get("/vault/sweep" + query());
            face.result(report, () -> text(report));
            return;
        }
        Map<String, Json> body = new LinkedHashMap<>();
        if (graceMinutes != null) {
            body.put("graceMinutes", Json.number(graceMinutes));
        }
        body.put("tier", Json.text(tier));
        Json job = service.post("/vault/sweep", Json.object(body));
        new JobWatch(face, service)
                .finish(job, wait, () -> "Sweeping the vault\n", VaultSweep::text);
    }

    private String query() {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("tier", tier);
        if (graceMinutes != null) {
            query.put("graceMinutes", Long.toString(graceMinutes));
        }
        return ServiceClient.query(query);
    }

    private static String text(Json report) {
        boolean rehearsed =
                report.at("dryRun").asText().orElse("").equals("true")
                        || report.at("dryRun").shown().equals("true");
        StringBuilder text = new StringBuilder();
        List<Json> tiers = report.at("tiers").items();
        for (Json tier : tiers) {
            if (tiers.size() > 1) {
                text.append("Tier ").append(tier.at("tier").shown()).append(":\n");
            }
            tier(text, rehearsed, tier);
        }
        return text.toString();
    }

    private static void tier(StringBuilder text, boolean rehearsed, Json report) {
        lines(text, rehearsed ? "Would free " : "Freed ", report, "freed");
        lines(text, "Waiting: ", report, "waiting");
        for (Json expired : report.at("expired").items()) {
            text.append(rehearsed ? "would expire: " : "expired: ")
                    .append(expired.at("backup").asText().orElse("all backups"))
                    .append(" of ")
                    .append(expired.at("server").shown())
                    .append(": ")
                    .append(expired.at("reason").shown())
                    .append('\n');
        }
        report.at("lockedUntil")
                .asText()
                .ifPresent(until ->
                        text.append("What is needed is locked until ").append(until).append('\n'));
        for (Json trouble : report.at("troubles").items()) {
            text.append("trouble: ").append(trouble.shown()).append('\n');
        }
    }

    private static void lines(StringBuilder text, String word, Json report, String key) {
        text.append(word)
                .append(Words.bytes(report.at(key + "Bytes").asNumber().orElse(0L)))
                .append('\n');
        if (report.at(key).items().isEmpty()) {
            return;
        }
        Table table = new Table("Kind", "Objects", "Size", "Reason", "Waits for");
        for (Json line : report.at(key).items()) {
            String until = line.at("until").asText().map(at -> ", until " + at).orElse("");
            table.row(
                    line.at("kind").shown(),
                    line.at("objects").shown(),
                    Words.bytes(line.at("bytes").asNumber().orElse(0L)),
                    line.at("reason").shown(),
                    line.at("waitsFor").asText().orElse("") + until);
        }
        text.append(table.text());
    }
}
