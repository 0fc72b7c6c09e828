package org.pgkeep.cli.job;

import java.util.List;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import org.pgkeep.cli.terminal.Table;
import org.pgkeep.cli.terminal.Words;

/** Jobs as people read them. */
final class JobText {
    private JobText() {}

    /** The table of {@code job list}. */
    static String table(List<Json> jobs) {
        Table table = new Table("ID", "Kind", "Server", "Name", "State", "Started", "Finished");
        for (Json job : jobs) {
            table.row(
                    job.at("id").shown(),
                    job.at("kind").shown(),
                    job.at("server").shown(),
                    job.at("name").shown(),
                    job.at("state").shown(),
                    job.at("startedAt").shown(),
                    job.at("finishedAt").shown());
        }
        return table.text();
    }

    /** Everything about one job. */
    static String facts(Json job) {
        return new Facts(0)
                .add("ID", job.at("id").shown())
                .add("Kind", job.at("kind").shown())
                .add("Server", job.at("server").shown())
                .add("Server ID", job.at("serverId").shown())
                .add("Name", job.at("name").shown())
                .add("State", job.at("state").shown())
                .add("Progress", progress(job.at("progress")))
                .add("Started", job.at("startedAt").shown())
                .add("Finished", job.at("finishedAt").shown())
                .add("Error", job.at("error").at("message").asText().orElse(""))
                .add("Hint", job.at("error").at("hint").asText().orElse(""))
                .text();
    }

    private static String progress(Json progress) {
        String phase = progress.at("phase").asText().orElse("");
        long total = progress.at("totalBytes").asNumber().orElse(0L);
        return total > 0
                ? phase
                        + ", "
                        + Words.bytes(progress.at("doneBytes").asNumber().orElse(0L))
                        + " of "
                        + Words.bytes(total)
                : phase;
    }
}
