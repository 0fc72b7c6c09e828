package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ledger.Check;
import org.pgkeep.testkit.ledger.Commit;
import org.pgkeep.testkit.ledger.Ledger;
import org.pgkeep.testkit.ledger.LedgerPlan;
import org.pgkeep.testkit.ledger.Target;
import org.pgkeep.testkit.ledger.Truth;

/** The service, and then its server too, are killed with signal 9 while WAL is captured. */
class KilledCaptureIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int KILLS = 4;

    // correctness.md 1: never skip forward silently; 2: what is confirmed to the server is never
    // lost by a crash at any instruction; 4: the newest held byte is usable
    @Test
    void capturesOnWithoutAHole() throws Exception {
        long seed = Long.getLong("pgkeep.seed", Instant.now().toEpochMilli());
        System.out.println("seed of the kills: -Dpgkeep.seed=" + seed);
        Random random = new Random(seed);
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.rotating().get(1));
            long postmaster = station.postmaster("pg1");
            try (Ledger ledger = station.ledger("pg1", LedgerPlan.defaults().pace(400))) {
                ledger.start();
                ledger.awaitTransactions(100, PATIENCE);
                List<Instant> whileDown = new ArrayList<>();
                for (int kill = 0; kill < KILLS; kill++) {
                    Processes.pause(200 + random.nextInt(1500));
                    station.killService();
                    Processes.pause(100 + random.nextInt(700));
                    whileDown.add(ledger.mark());
                    Processes.pause(100 + random.nextInt(700));
                    station.up();
                    assertThat(station.postmaster("pg1")).isEqualTo(postmaster);
                }
                ledger.awaitTransactions(200, PATIENCE);

                // moments from before, between and after the kills
                Commit early = someCommit(ledger.truth(), random, 0.0, 0.2);
                Commit between = someCommit(ledger.truth(), random, 0.3, 0.9);
                Instant down = whileDown.get(random.nextInt(KILLS));
                ledger.stop();
                checkBefore(station, ledger, "r1", early);
                checkBefore(station, ledger, "r2", between);
                station.restore("r3", "pg1", "-t", down.toString());
                check(station, ledger, "r3", Target.at(down));
                station.restore("r4", "pg1", "--latest");
                check(station, ledger, "r4", Target.latest());
                assertUnbroken(station);
            }
        }
    }

    // correctness.md 2 and 27, and a server that is wanted is started again
    @Test
    void startsTheServerAgainAfterAPowerFailure() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            long postmaster = station.postmaster("pg1");
            try (Ledger ledger = station.ledger("pg1", LedgerPlan.defaults().pace(300))) {
                ledger.start();
                ledger.awaitTransactions(300, PATIENCE);
                Processes.kill(station.servicePid());
                Processes.kill(postmaster);
                station.up();
                ledger.awaitTransactions(300, PATIENCE);
                assertThat(station.postmaster("pg1")).isNotEqualTo(postmaster);
                assertThat(station.postmasters()).isOne();
                ledger.stop();
                station.restore("r1", "pg1", "--latest");
                check(station, ledger, "r1", Target.latest());
                assertUnbroken(station);
            }
        }
    }

    private static Commit someCommit(Truth truth, Random random, double from, double to) {
        List<Commit> commits =
                truth.committed()
                        .flatMap(each -> each.commit().stream())
                        .filter(commit -> commit.lsnAfter().isPresent())
                        .sorted((a, b) -> Long.compare(a.sent().nanos(), b.sent().nanos()))
                        .toList();
        return commits.get((int) (commits.size() * (from + (to - from) * random.nextDouble())));
    }

    private static void checkBefore(Station station, Ledger ledger, String name, Commit commit)
            throws Exception {
        station.restore(name, "pg1", "--before", Long.toString(commit.xid() & 0xFFFF_FFFFL));
        check(station, ledger, name, Target.before(commit));
    }

    private static void check(Station station, Ledger ledger, String name, Target target)
            throws Exception {
        try (Connection copy = station.connect(name)) {
            Check check = ledger.check(copy, target).orThrow();
            assertThat(check.transactions()).as("%s", check).isPositive();
        }
    }

    /** One range that begins with the first backup, and no backup had to be taken for a hole. */
    private static void assertUnbroken(Station station) {
        assertThat(station.ask("ranges", "-n", "pg1").items()).hasSize(1);
        List<Json> backups = station.ask("backup", "list", "-n", "pg1").items();
        assertThat(backups).hasSize(1);
        assertThat(station.server("pg1").at("reason").asText()).hasValue("");
    }
}
