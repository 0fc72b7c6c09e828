package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** How the service begins and ends. */
class LifecycleIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    // contract of the launcher: it builds only what is stale, and the build has just been done
    @Test
    void theLauncherBuildsNothingAfterTheBuild() {
        try (Station station = Station.open()) {
            Ended version = station.with("PGKEEP_BUILD", "").type("--version").good();
            assertThat(version.err()).isEmpty();
            assertThat(version.out()).contains("0.1.0");
        }
    }

    // correctness.md 27; issue 3: Ctrl-C leaves nothing that the next start can't mend
    @Test
    void endsCleanlyByASignalAndLeavesTheServersRunning() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.rotating().getFirst());
            long postmaster = station.postmaster("pg1");
            station.type("down").good();
            // Ctrl-C on a terminal reaches the whole group; an init system's TERM one process
            for (String signal : List.of("INT", "TERM")) {
                Process service = station.begin("up");
                Processes.await(
                        "a service that is ready",
                        PATIENCE,
                        () -> Files.exists(station.serviceFile()));
                assertThat(station.servicePid()).isEqualTo(service.pid());
                boolean toGroup = signal.equals("INT");
                Processes.signal(signal, (toGroup ? "-" : "") + service.pid());
                assertThat(service.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(service.exitValue()).as(signal).isIn(0, toGroup ? 130 : 143);
                assertThat(station.serviceFile()).doesNotExist();
                station.type("status").refused("the service is not running", "pgkeep up");
                assertThat(Processes.lives(postmaster)).as("%s: the server lives", signal).isTrue();
                assertThat(Files.readString(station.home().resolve("service.log")))
                        .contains("the service ends");
            }
            station.up();
            assertThat(station.postmaster("pg1")).isEqualTo(postmaster);
        }
    }

    @Test
    void downEndsTheServiceAndItsServersOnlyWhenTold() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            long postmaster = station.postmaster("pg1");
            for (int times = 0; times < 2; times++) {
                long service = station.servicePid();
                Ended down = station.type("down").good();
                assertThat(down.out()).contains("Still running: pg1");
                assertThat(Processes.lives(service)).isFalse();
                assertThat(Processes.lives(postmaster)).isTrue();
                assertThat(station.serviceFile()).doesNotExist();
                station.up();
            }
            station.type("down", "--stop-servers").good();
            assertThat(station.postmasters()).isZero();
            station.up();
            Processes.await(
                    "a server that runs again",
                    PATIENCE,
                    () -> station.server("pg1").at("state").shown().equals("Running"));
            assertThat(station.postmaster("pg1")).isNotEqualTo(postmaster);
        }
    }

    // two services would write one catalog and one spool
    @Test
    void aSecondServiceIsRefused() {
        try (Station station = Station.running()) {
            long first = station.servicePid();
            for (List<String> words : List.of(List.of("up"), List.of("up", "--detach"))) {
                station.type(words.toArray(String[]::new)).refused("process " + first, "pgkeep ");
                assertThat(station.servicePid()).isEqualTo(first);
                assertThat(station.api("/status").at("state").shown()).isEqualTo("running");
            }
            // also when the first one's file is not there yet
            Path aside = station.home().resolve("aside.json");
            move(station.serviceFile(), aside);
            station.type("up", "--detach").refused("process " + first, "pgkeep ");
            assertThat(Processes.lives(first)).isTrue();
        }
    }

    private static void move(Path from, Path to) {
        try {
            Files.move(from, to);
        } catch (java.io.IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    // correctness.md 20: the vault is the truth, the catalog can be lost
    @Test
    void stateSurvivesTheServiceAndTheCatalog() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.rotating().get(1));
            station.ask("backup", "take", "-n", "pg1", "-bn", "second", "--wait");
            station.sql("pg1", "create table t as select 42 as n");
            String servers = lasting(station.ask("server", "list").items());
            String shown = lasting(List.of(station.ask("server", "show", "-n", "pg1")));
            String backups = station.ask("backup", "list", "-n", "pg1").line();
            assertThat(servers).contains("pg1");
            assertThat(backups).contains("second");
            long postmaster = station.postmaster("pg1");

            station.type("down").good();
            station.up();
            assertThat(lasting(station.ask("server", "list").items())).isEqualTo(servers);
            assertThat(lasting(List.of(station.ask("server", "show", "-n", "pg1"))))
                    .isEqualTo(shown);
            assertThat(station.ask("backup", "list", "-n", "pg1").line()).isEqualTo(backups);

            station.type("down").good();
            for (String file : List.of("catalog.db", "catalog.db-wal", "catalog.db-shm")) {
                Files.deleteIfExists(station.home().resolve(file));
            }
            station.up();
            assertThat(lasting(station.ask("server", "list").items())).isEqualTo(servers);
            assertThat(station.ask("backup", "list", "-n", "pg1").line()).isEqualTo(backups);
            assertThat(station.postmaster("pg1")).isEqualTo(postmaster);
            station.restore("r1", "pg1", "--latest");
            assertThat(station.value("r1", "select n from t")).isEqualTo("42");
        }
    }

    /** What of servers does not move with time. */
    private static String lasting(List<Json> servers) {
        StringBuilder lasting = new StringBuilder();
        for (Json server : servers) {
            for (String key :
                    List.of(
                            "id",
                            "name",
                            "namespace",
                            "state",
                            "reason",
                            "version",
                            "port",
                            "connectionString",
                            "dataDirectory",
                            "earliestRestorePoint",
                            "createdAt")) {
                lasting.append(key).append('=').append(server.at(key)).append('\n');
            }
        }
        return lasting.toString();
    }

    // cli.md: destructive acts are undoable; a deleted server is restored by its id
    @Test
    void aDeletedServerIsRestoredByItsId() throws Exception {
        try (Station station = Station.running()) {
            Json made = station.create("pg1", PostgresBinaries.newest());
            String id = made.at("id").shown();
            station.sql("pg1", "create table t as select 7 as n");
            station.ask("server", "delete", "-n", "pg1", "--wait");
            assertThat(station.ask("server", "list").items()).isEmpty();
            assertThat(station.serverFolders()).isEmpty();
            assertThat(station.postmasters()).isZero();
            station.type("server", "show", "-n", "pg1").refused("pg1", "pgkeep server list");

            // under its own name, which is free again; the last byte before the deletion is there
            station.restore("pg1", id, "--latest");
            assertThat(station.value("pg1", "select n from t")).isEqualTo("7");
            assertThat(station.server("pg1").at("id").shown()).isNotEqualTo(id);
            assertThat(station.server(id).at("state").shown()).isEqualTo("Deleted");
        }
    }
}
