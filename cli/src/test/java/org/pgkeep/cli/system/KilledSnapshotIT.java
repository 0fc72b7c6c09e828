package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/** The service is killed with signal 9 while it reads a data directory for a backup. */
class KilledSnapshotIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    // correctness.md 9 and 15: a snapshot exists only when it is whole; 27: killed at any
    // instruction it can be run again and ends as if it had not been killed
    @Test
    void takesTheBackupAgainUnderItsName() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            station.sql(
                    "pg1",
                    "create table bulk as select g, repeat(md5(g::text), 60) as t"
                            + " from generate_series(1, 200000) g");
            long postmaster = station.postmaster("pg1");
            try (Ledger ledger = station.ledger("pg1", LedgerPlan.defaults().pace(200))) {
                ledger.start();
                ledger.awaitTransactions(100, PATIENCE);

                Json job = station.ask("backup", "take", "-n", "pg1", "-bn", "cut");
                String id = job.at("id").shown();
                station.awaitJob(id, "a backup that is half read", KilledSnapshotIT::isHalfRead);
                station.killService();
                ledger.awaitTransactions(50, PATIENCE);

                station.up();
                // nothing is promised that is not there
                List<Json> listed = backupsNamedCut(station);
                assertThat(listed).hasSize(1);
                assertThat(listed.getFirst().at("state").shown()).isIn("Pending", "Running");
                assertThat(listed.getFirst().at("tiers").items()).isEmpty();
                Ended plan =
                        station.type(
                                "server", "restore", "-n", "x", "-f", "pg1", "-bn", "cut",
                                "--plan");
                if (!station.unfinishedJobs().isEmpty()) {
                    plan.refused("has no backup \"cut\"", "pgkeep backup list");
                }
                assertThat(station.postmaster("pg1")).isEqualTo(postmaster);

                Json done = station.awaitSuccess(id);
                assertThat(done.at("attempts").asNumber()).hasValue(2L);
                assertThat(done.at("result").at("name").shown()).isEqualTo("cut");
                assertThat(backupsNamedCut(station))
                        .singleElement()
                        .matches(each -> each.at("state").shown().equals("Succeeded"));
                ledger.awaitTransactions(100, PATIENCE);
                ledger.stop();

                Json restored = station.restore("r1", "pg1", "--latest");
                assertThat(restored.at("snapshot").at("name").shown()).isEqualTo("cut");
                try (Connection copy = station.connect("r1")) {
                    ledger.check(copy, Target.latest()).orThrow();
                }
                String sum = "select sum(hashtext(t)) from bulk";
                assertThat(station.value("r1", sum)).isEqualTo(station.value("pg1", sum));
            }
        }
    }

    private static boolean isHalfRead(Json job) {
        Json progress = job.at("progress");
        long done = progress.at("doneBytes").asNumber().orElse(0L);
        long total = progress.at("totalBytes").asNumber().orElse(0L);
        return total > 0 && done > total / 10 && done < total * 3 / 4;
    }

    private static List<Json> backupsNamedCut(Station station) {
        return station.api("/servers/pg1/backups").items().stream()
                .filter(each -> each.at("name").shown().equals("cut"))
                .toList();
    }
}
