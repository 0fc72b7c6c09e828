package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/**
 * Requests that can't be fulfilled: exit code 2, a sentence and a next step, nothing left behind.
 * Protects correctness.md 21, the plan is checked before a byte is written. One home for all.
 */
class BadInputIT {
    private static Station station = Station.open();
    private static String earliest = "";

    private Before before = new Before(List.of(), List.of(), 0, List.of());

    /** What must be the same after a refusal. */
    private record Before(
            List<String> servers, List<String> folders, int jobs, List<String> backups) {
        static Before now() {
            assertThat(station.unfinishedJobs()).isEmpty();
            return new Before(
                    names(station.api("/servers")),
                    station.serverFolders(),
                    jobsOfServers(),
                    names(station.api("/servers/pg1/backups")));
        }

        /** Without those that the vault has by the calendar. */
        private static int jobsOfServers() {
            return (int)
                    station.api("/jobs").items().stream()
                            .map(job -> job.at("kind").shown())
                            .filter(kind -> !Set.of("sweep", "scrub").contains(kind))
                            .count();
        }

        private static List<String> names(Json items) {
            return items.items().stream().map(item -> item.at("name").shown()).toList();
        }
    }

    @BeforeAll
    static void aServerWithABackup() {
        station.up();
        station.create("pg1", PostgresBinaries.newest());
        station.ask("backup", "take", "-n", "pg1", "-bn", "taken", "--wait");
        earliest = station.server("pg1").at("earliestRestorePoint").shown();
    }

    @AfterAll
    static void close() {
        station.close();
    }

    @BeforeEach
    void look() {
        before = Before.now();
    }

    @AfterEach
    void nothingWasLeftBehind() {
        assertThat(Before.now()).isEqualTo(before);
        assertThat(station.postmasters()).isOne();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server show -n nobody",
                "server delete -n nobody",
                "backup take -n nobody",
                "backup list -n nobody",
                "moments -n nobody",
                "ranges -n nobody",
                "server restore -n new -f nobody --latest",
                "server restore -n new -f 6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11 --latest",
                "server show -n pg1 -ns elsewhere"
            })
    void anUnknownServer(String line) {
        station.line(line).refused("there is no server", "");
        station.line(line + " -o json").refusedInJson("unknown-server");
    }

    @ParameterizedTest
    @CsvSource({
        "server create -n pg1, there is a server \"pg1\" already",
        "backup take -n pg1 -bn taken, has a backup \"taken\" already"
    })
    void aNameThatIsTaken(String line, String happened) {
        station.line(line).refused(happened, "choose another name");
        station.line(line + " -o json").refusedInJson("name-taken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server create -n 'a b'",
                "server create -n ''",
                "server create -n ../up",
                "server create -n x -ns 'a/b'",
                "server restore -n 'a;b' -f pg1 --latest",
                "backup take -n pg1 -bn 'a b'",
                "server create -n 6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11"
            })
    void aNameThatCantBeOne(String line) {
        station.line(line).refused("can't be the name of a ", "");
        station.line(line + " -o json").refusedInJson("bad-argument");
    }

    @Test
    void aMomentInTheFuture() {
        String moment = Instant.now().plusSeconds(3600).toString();
        String line = "server restore -n new -f pg1 -t " + moment;
        station.line(line).refused("which is still to come", "up to now");
        station.line(line + " --plan").refused("which is still to come", "up to now");
        station.line(line + " -o json").refusedInJson("moment-in-future");
    }

    @Test
    void aMomentBeforeTheFirstBackupNamesTheEarliestOne() {
        String moment = Instant.parse(earliest).minusMillis(1).toString();
        for (String how : List.of("-t " + moment, "-t 2d", "--lsn 0/1000028")) {
            String line = "server restore -n new -f pg1 " + how;
            station.line(line)
                    .refused("before the first moment", "the earliest one is " + earliest);
            station.line(line + " -o json").refusedInJson("moment-too-early");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-t 'the other day'",
                "-t 2026-13-01T00:00:00Z",
                "-t ''",
                "-t 10:99",
                "--lsn here",
                "--xid x",
                "--before -1",
                "--before 99999999999999999999",
                "--latest --earliest",
                "-t 1h --latest",
                ""
            })
    void aTargetThatIsNone(String target) {
        String line = "server restore -n new -f pg1 " + target;
        station.line(line).refused("", "");
        station.line(line + " -o json").refusedInJson("bad-argument");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--xid 4000000000", "--before 4000000000", "--lsn F/0"})
    void aTargetThatIsNotHeld(String target) {
        String line = "server restore -n new -f pg1 " + target;
        station.line(line).refused("held", "restorable: ");
        station.line(line + " -o json").refusedInJson("moment-not-held");
    }

    @Test
    void anUnknownBackup() {
        String line = "server restore -n new -f pg1 -bn missing";
        station.line(line).refused("no backup \"missing\"", "pgkeep backup list -n pg1");
        station.line(line + " -o json").refusedInJson("unknown-backup");
    }

    @Test
    void aPortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            for (String line :
                    List.of("server create -n new", "server restore -n new -f pg1 --latest")) {
                String withPort = line + " --port " + taken.getLocalPort();
                station.line(withPort).refused("port " + taken.getLocalPort(), "another");
                station.line(withPort + " -o json").refusedInJson("port-taken");
            }
        }
        String ours = "server create -n new --port " + station.server("pg1").at("port").shown();
        station.line(ours).refused("belongs to server \"pg1\"", "another");
        station.line("server create -n new --port 80").refused("80", "1024");
        station.line("server create -n new --port 70000").refused("70000", "");
    }

    @Test
    void aPostgresThatPgkeepDoesNotServe() {
        for (String version : List.of("12", "99", "0", "-1")) {
            String line = "server create -n new --version=" + version;
            station.line(line).refused("", "");
            station.line(line + " -o json").refusedInJson("bad-argument");
        }
        station.line("server create -n new --version 12").refused("13 to 18", "");
    }

    @Test
    void aPostgresThatIsNotInstalled() {
        List<Integer> there =
                PostgresBinaries.rotating().stream().map(PostgresBinaries::major).toList();
        int missing =
                IntStream.rangeClosed(PostgresBinaries.OLDEST_MAJOR, 18)
                        .filter(major -> !there.contains(major))
                        .filter(major -> !Files.exists(Path.of("/usr/lib/postgresql/" + major)))
                        .filter(major -> !Files.exists(Path.of("/usr/pgsql-" + major)))
                        .findFirst()
                        .orElseThrow(() ->
                                new TestAbortedException(
                                        "every version of PostgreSQL is on this machine"));
        String line = "server create -n new --version " + missing;
        station.line(line).refused("PostgreSQL " + missing + " is not on this machine", "install");
        station.line(line + " -o json").refusedInJson("no-binaries");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "servr list",
                "server lst",
                "server list --nmae x",
                "server show",
                "server create",
                "backup take",
                "server restore -n new --latest",
                "server list -o yaml",
                "server list -o",
                "server create -n new --port many",
                "server create -n new --version new",
                "job show",
                "up --detatch",
                "server create -n new extra"
            })
    void aLineThatCantBeUnderstood(String line) {
        station.line(line).refused("", "");
        if (!line.contains("-o")) {
            station.line(line + " -o json").refusedInJson("bad-argument");
        }
    }

    @Test
    void anUnknownJob() {
        for (String id : List.of("6a0c1d9e-5a57-4b1e-9b0a-0d5a2d8f6c11", "x")) {
            station.line("job show " + id).refused(id, "pgkeep job list");
            station.line("job follow " + id + " -o json").refusedInJson("unknown-job");
        }
    }
}
