package org.pgkeep.cli.server;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgkeep.cli.face.CheckText;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.cli.terminal.Words;

/** A restore as people read it: what was understood, and how it ended. */
final class RestoreText {
    private RestoreText() {}

    /** What was understood, before anything is done. */
    static String plan(Json plan, String asked, String name, Terminal terminal) {
        Facts facts = facts(plan, asked, terminal);
        return "Restore of "
                + plan.at("source").shown()
                + (plan.at("replaces").isThere() ? " in place of server " : " into the new server ")
                + name
                + "\n"
                + facts.text();
    }

    private static Facts facts(Json plan, String asked, Terminal terminal) {
        return new Facts(2)
                .add("moment", moment(plan, asked, terminal))
                .add("WAL position", plan.at("targetLsn").asText().orElse(""))
                .add("snapshot", snapshot(plan.at("snapshot")))
                .add("last commit there", commit(plan.at("lastCommit")))
                .add("to read", toRead(plan))
                .add("estimate", estimate(plan))
                .addAll("reset", list(plan.at("reset")))
                .addAll("kept", list(plan.at("kept")));
    }

    /** What was understood of a restore into a directory, before anything is done. */
    static String directory(Json plan, String asked, Terminal terminal) {
        boolean copied = plan.at("wal").shown().equals("copy");
        Facts facts =
                facts(plan, asked, terminal)
                        .add("owner", plan.at("owner").shown())
                        .add(
                                "WAL",
                                copied
                                        ? "copied into pg_wal: " + plan.at("walReason").shown()
                                        : "fetched when recovery needs it, from the vault itself");
        if (plan.at("tablespaces") instanceof Json.Fields(Map<String, Json> places)) {
            facts.addAll(
                    "tablespaces",
                    places.entrySet().stream()
                            .map(each -> each.getKey() + " to " + each.getValue().shown())
                            .toList());
        }
        return "Restore of "
                + plan.at("source").shown()
                + " into the directory "
                + plan.at("directory").shown()
                + "\n"
                + facts.text();
    }

    /** What is to be done with a directory that is restored. */
    static String next(Json plan) {
        String directory = plan.at("directory").shown();
        StringBuilder text = new StringBuilder("Restored into ").append(directory).append('\n');
        text.append("Start PostgreSQL on it as ")
                .append(plan.at("owner").shown())
                .append(", and it recovers: pg_ctl -D ")
                .append(directory)
                .append(" -w start\n");
        String oids = list(plan.at("halfDropped")).stream().collect(Collectors.joining(", "));
        if (!oids.isEmpty()) {
            text.append("The moment lies inside a DROP DATABASE; then give the database back: ")
                    .append("UPDATE pg_database SET datconnlimit = -1 WHERE oid IN (")
                    .append(oids)
                    .append(")\n");
        }
        return text.append("When it has recovered: ALTER SYSTEM RESET ALL, and pg_hba.conf as you")
                .append(" want it; the origin's files stand beside, as *.origin\n")
                .toString();
    }

    /** How it ended: the server's row, the times, the checks. */
    static String outcome(Json done, String undo) {
        StringBuilder out = new StringBuilder(ServerText.table(List.of(done.at("server"))));
        Facts facts = new Facts(0).add("Ended at", ended(done));
        done.at("restoreSeconds")
                .asDecimal()
                .ifPresent(seconds -> facts.add("Restored in", Words.seconds(seconds)));
        done.at("readySeconds")
                .asDecimal()
                .ifPresent(seconds -> facts.add("Ready after", Words.seconds(seconds)));
        CheckText.add(facts, done.at("checks"));
        facts.add("To undo it", undo);
        return out.append(facts.text()).toString();
    }

    private static String ended(Json done) {
        return done.at("endLsn").isThere()
                ? done.at("endLsn").shown() + " on timeline " + done.at("endTimeline").shown()
                : "";
    }

    /** The instant, twice; where a position or a transaction was asked for, that. */
    private static String moment(Json plan, String asked, Terminal terminal) {
        return plan.at("targetTime")
                .asText()
                .map(utc -> utc + "  (" + local(plan, utc, terminal) + ")")
                .orElse(asked);
    }

    private static String local(Json plan, String utc, Terminal terminal) {
        try {
            return Words.local(Instant.parse(utc), terminal.zone());
        } catch (DateTimeException e) {
            return plan.at("targetLocalTime").shown();
        }
    }

    private static String snapshot(Json snapshot) {
        if (!(snapshot instanceof Json.Fields)) {
            return snapshot.asText().orElse("");
        }
        return List.of(
                        snapshot.at("name").asText().orElse(""),
                        snapshot.at("timestamp").asText().map(at -> "of " + at).orElse(""),
                        "(" + snapshot.at("id").shown() + ")")
                .stream()
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" "));
    }

    private static String commit(Json commit) {
        if (!commit.isThere()) {
            return "none after the snapshot";
        }
        return commit.at("time").shown()
                + "  (transaction "
                + commit.at("xid").shown()
                + " at "
                + commit.at("lsn").shown()
                + ")";
    }

    private static String toRead(Json plan) {
        return Words.bytes(plan.at("dataBytes").asNumber().orElse(0L))
                + " of data, "
                + Words.bytes(plan.at("walBytes").asNumber().orElse(0L))
                + " of WAL";
    }

    private static String estimate(Json plan) {
        return plan.at("estimateSeconds")
                .asDecimal()
                .map(seconds -> "about " + Words.seconds(seconds))
                .orElse("");
    }

    private static List<String> list(Json items) {
        return items.items().stream().map(Json::shown).toList();
    }
}
