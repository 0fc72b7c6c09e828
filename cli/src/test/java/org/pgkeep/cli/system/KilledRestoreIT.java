package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Act;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;

/** The service is killed with signal 9 in each phase of a restore. */
class KilledRestoreIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final List<String> PHASES =
            List.of("restoring files", "fetching WAL", "replaying WAL");

    // correctness.md 23: an aborted restore cannot be started by mistake; 5 and 24: nothing of the
    // copy touches its origin; 27: run again it ends as if it had not been killed
    @Test
    void endsAsIfItHadNotBeenKilled() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.rotating().getFirst());
            String fill =
                    " select g, repeat(md5(g::text), 60) as t from generate_series(1, 40000) g";
            station.sql("pg1", "create table bulk as" + fill);
            station.ask("backup", "take", "-n", "pg1", "-bn", "b1", "--wait");
            try (Ledger ledger = station.ledger("pg1", LedgerPlan.defaults().pace(200))) {
                ledger.makeVictim(1000);
                ledger.start();
                // WAL enough that fetching and replaying it can be seen
                station.sql("pg1", "insert into bulk" + fill, "insert into bulk" + fill);
                ledger.awaitTransactions(100, PATIENCE);
                Act drop = ledger.dropVictim();
                ledger.awaitTransactions(100, PATIENCE);

                List<String> expected = new ArrayList<>(station.serverFolders());
                long origin = station.postmaster("pg1");
                for (String phase : PHASES) {
                    String name = phase.replace(' ', '-').toLowerCase(java.util.Locale.ROOT);
                    Json job =
                            station.ask(
                                    "server",
                                    "restore",
                                    "-n",
                                    name,
                                    "-f",
                                    "pg1",
                                    "--before",
                                    Long.toString(drop.commit().xid() & 0xFFFF_FFFFL));
                    String id = job.at("id").shown();
                    station.awaitJob(
                            id, phase, now -> now.at("progress").at("phase").shown().equals(phase));
                    station.killService();
                    station.up();

                    Json done = station.awaitSuccess(id);
                    assertThat(done.at("attempts").asNumber()).as(phase).hasValue(2L);
                    assertThat(done.at("result").at("checks").items())
                            .isNotEmpty()
                            .allMatch(check -> check.at("ok").isTrue());
                    try (Connection copy = station.connect(name)) {
                        ledger.check(copy, Target.before(drop.commit())).orThrow();
                    }
                    assertThat(station.value(name, "select count(*) from bulk"))
                            .isEqualTo("120000");

                    // one folder and one postmaster more, and the origin goes on as it was
                    expected.add(done.at("serverId").shown());
                    assertThat(station.serverFolders())
                            .containsExactlyInAnyOrderElementsOf(expected);
                    assertThat(station.postmasters()).isEqualTo(expected.size());
                    assertThat(station.postmaster("pg1")).isEqualTo(origin);
                    ledger.awaitTransactions(20, PATIENCE);
                }
                ledger.stop();
                try (Connection original = station.connect("pg1")) {
                    ledger.check(original, Target.latest()).orThrow();
                }
                assertThat(station.value("pg1", "select timeline_id from pg_control_checkpoint()"))
                        .isEqualTo("1");
            }
        }
    }
}
