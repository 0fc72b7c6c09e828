package org.pgkeep.cli.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** How WAL is captured, as people set it and get to see it, up to its loss. */
class CaptureOptionsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final long MIB_64 = 64L << 20;

    @Test
    void areSetSeenChangedAndKeptToUntilWalIsLost() throws Exception {
        try (Station station = Station.running()) {
            station.ask(
                    "server",
                    "create",
                    "-n",
                    "pg1",
                    "--version",
                    PostgresBinaries.newest().major() + "",
                    "--synchronous",
                    "--spool-size",
                    "64MB",
                    "--wal-limit",
                    "64MB",
                    "--wal-policy",
                    "server",
                    "--shipping-interval",
                    "200ms",
                    "--wait");
            await("commits that wait", () -> capture(station).at("synchronous").isTrue());
            assertThat(station.value("pg1", "SHOW synchronous_standby_names")).isEqualTo("pgkeep");
            assertThat(station.value("pg1", "SHOW max_slot_wal_keep_size")).isEqualTo("64MB");
            assertThat(capture(station).at("spoolMaxBytes").asNumber()).hasValue(MIB_64);
            seesHowFarTheWalIsHeld(station);

            station.type("server", "update", "-n", "pg1", "--wal-limit", "lots")
                    .refused("walLimit can't be \"lots\"", "16GB");
            station.type("server", "update", "-n", "pg1", "--synchronous", "off", "--wal-policy")
                    .refused("wal-policy", "--help");
            station.type(
                            "server",
                            "update",
                            "-n",
                            "pg1",
                            "--synchronous",
                            "off",
                            "--wal-policy",
                            "recoverability",
                            "--spool-size",
                            "128MB")
                    .good();
            await(
                    "commits that do not wait",
                    () -> shows(station, "synchronous_standby_names", ""));
            await("no limit", () -> shows(station, "max_slot_wal_keep_size", "-1"));
            await(
                    "a larger spool",
                    () ->
                            capture(station)
                                    .at("spoolMaxBytes")
                                    .asNumber()
                                    .equals(Optional.of(2 * MIB_64)));
            station.type("server", "update", "-n", "pg1", "--wal-policy", "server").good();
            await("the limit again", () -> shows(station, "max_slot_wal_keep_size", "64MB"));
            losesWalAndStartsAnew(station);
        }
    }

    private static void seesHowFarTheWalIsHeld(Station station) throws Exception {
        Instant later = Instant.now();
        // an idle server's latest moment goes on with the clock
        await("a later moment", () -> latest(station).isAfter(later));
        Json server = station.ask("server", "show", "-n", "pg1");
        assertThat(server.at("walAtRiskSeconds").asDecimal().orElseThrow()).isBetween(0.0, 60.0);
        assertThat(server.at("walAtRiskBytes").asNumber().orElseThrow()).isNotNegative();
        assertThat(Instant.parse(server.at("latestRestorePoint").shown())).isAfter(later);
        assertThat(station.type("server", "show", "-n", "pg1").good().out())
                .contains("WAL at risk")
                .contains("Range on timeline 1");
        assertThat(station.api("/servers/pg1/ranges").items()).hasSize(1);
        String metrics = metrics(station);
        assertThat(figure(metrics, "pgkeep_wal_at_risk_seconds")).isBetween(0.0, 60.0);
        assertThat(figure(metrics, "pgkeep_wal_at_risk_bytes")).isNotNegative();
        assertThat(figure(metrics, "pgkeep_wal_streaming")).isEqualTo(1);
        assertThat(figure(metrics, "pgkeep_wal_synchronous")).isEqualTo(1);
        assertThat(figure(metrics, "pgkeep_wal_slot_safe_bytes")).isPositive();
        assertThat(figure(metrics, "pgkeep_wal_holes")).isZero();
    }

    private static void losesWalAndStartsAnew(Station station) throws Exception {
        try (Connection server = station.connect("pg1");
                Statement sql = server.createStatement()) {
            station.type("down").good();
            sql.execute("CREATE TABLE lost(i int)");
            for (int i = 0; i < 10; i++) {
                sql.execute("INSERT INTO lost VALUES (1)");
                sql.execute("SELECT pg_switch_wal()");
                sql.execute("CHECKPOINT");
            }
        }
        Instant inTheHole = Instant.now();
        station.up();
        // without anybody's asking: the present can be restored again
        await(
                "a backup behind the hole",
                () -> station.api("/servers/pg1/backups").items().size() == 2);
        await(
                "a range behind the hole",
                () -> station.api("/servers/pg1/ranges").items().size() == 2);
        Ended ranges = station.type("ranges", "-n", "pg1").good();
        assertThat(ranges.err())
                .contains("hole: timeline 1 from")
                .contains("more WAL waited for pgkeep than the server may keep");
        assertThat(station.type("server", "show", "-n", "pg1").good().out())
                .contains("Hole on timeline 1");
        List<Json> all = station.ask("ranges", "-n", "pg1").items();
        assertThat(Instant.parse(all.get(0).at("toTime").shown())).isBefore(inTheHole);
        assertThat(Instant.parse(all.get(1).at("fromTime").shown())).isAfter(inTheHole);
        station.type(
                        "server",
                        "restore",
                        "-n",
                        "r1",
                        "-f",
                        "pg1",
                        "-t",
                        inTheHole.toString(),
                        "--plan")
                .refused("is not held", "restorable: ");
        assertThat(figure(metrics(station), "pgkeep_wal_holes")).isEqualTo(1);
    }

    private static Json capture(Station station) {
        return station.server("pg1").at("capture");
    }

    private static Instant latest(Station station) {
        return Instant.parse(
                station.ask("ranges", "-n", "pg1").items().getLast().at("toTime").shown());
    }

    private static boolean shows(Station station, String setting, String value) {
        try {
            return station.value("pg1", "SHOW " + setting).equals(value);
        } catch (SQLException failed) {
            throw new AssertionError(failed);
        }
    }

    private static void await(String what, BooleanSupplier come) {
        Processes.await(what, PATIENCE, come);
    }

    /** As Prometheus asks: without a token. */
    private static String metrics(Station station) throws Exception {
        Json service = Json.parse(Files.readAllBytes(station.serviceFile()));
        HttpRequest request =
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:"
                                                + service.at("port").shown()
                                                + "/metrics"))
                        .timeout(Duration.ofSeconds(30))
                        .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body();
        }
    }

    private static double figure(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + "{") && line.contains("server=\"pg1\""))
                .map(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in\n" + metrics));
    }
}
