package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/**
 * The lines of cli.md that people have in scripts, word for word, as far as this version does what
 * they say; the rest is refused by its name, and nothing is changed.
 */
class SeedLinesIT {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @Test
    void doWhatTheySay() throws Exception {
        try (Station station = Station.open()) {
            station.with("TZ", BERLIN.getId()).up();
            Ended created =
                    station.line(
                                    "postgres server create -n pg0 -ns arc --dataSizeMb 1024"
                                            + " --serviceType NodePort")
                            .good();
            assertThat(created.out()).contains("pg0").contains("Pending");
            station.create("pg1", PostgresBinaries.rotating().get(1));
            Processes.await("pg0 made", Station.PATIENCE, () -> station.unfinishedJobs().isEmpty());
            Json pg0 = station.ask("server", "show", "-n", "pg0", "-ns", "arc");
            assertThat(pg0.at("state").shown()).isEqualTo("Running");
            assertThat(pg0.at("namespace").shown()).isEqualTo("arc");
            assertThat(pg0.at("settings").at("dataSizeMb").shown()).isEqualTo("1024");

            assertThat(station.line("postgres server list").good().out())
                    .startsWith("ClusterIP ")
                    .contains(" pg0 ")
                    .contains(" pg1 ")
                    .contains(pg0.at("id").shown());
            backups(station);
            restores(station, pg0.at("id").shown());
            settings(station);
            station.line("postgres server restore -n pg1 -ns default -bn test --wait").good();
            Processes.await(
                    "the last backups", Station.PATIENCE, () -> station.unfinishedJobs().isEmpty());
            assertThat(station.ask("server", "list").items()).hasSize(5);
        }
    }

    private static void backups(Station station) {
        station.line("postgres backup take -n pg1 -ns default -bn test").good();
        Processes.await("backup test", Station.PATIENCE, () -> station.unfinishedJobs().isEmpty());
        for (String tier : List.of("", " --tier 1")) {
            Ended list = station.line("postgres backup list -n pg1 -ns default" + tier).good();
            assertThat(list.out().lines().findFirst().orElse("").split(" +"))
                    .containsExactly("ID", "Name", "Size", "State", "Tiers", "Timestamp");
            assertThat(list.out()).containsPattern(" test +\\d+ MB +Succeeded +1 ");
        }
    }

    /** The moments lie before the first backup, and the refusal says how each was read. */
    private static void restores(Station station, String id) {
        String ago = " lies before the first moment";
        String line = "postgres server restore -n pg1 -ns arc -t '%s' -f " + id;
        refused(station, line, "2019-09-06T21:00:10.87966Z", "2019-09-06T21:00:10.879660Z" + ago);
        refused(station, line, "06 Sep, 2019 21:00", "2019-09-06T19:00:00Z" + ago);
        ZonedDateTime now = ZonedDateTime.now(BERLIN);
        ZonedDateTime september = now.withMonth(9).withDayOfMonth(6).with(LocalTime.of(21, 0));
        refused(
                station,
                line,
                "06 Sep 21:00",
                (september.isAfter(now) ? september.minusYears(1) : september).toInstant() + ago);
        ZonedDateTime nine = now.with(LocalTime.of(21, 0));
        if (nine.isAfter(now)) {
            nine = now.minusDays(1).with(LocalTime.of(21, 0));
        }
        Instant earliest =
                Instant.parse(station.api("/servers/" + id).at("earliestRestorePoint").shown());
        if (nine.toInstant().isBefore(earliest)) {
            refused(station, line, "9:00 pm", nine.toInstant() + ago);
        }
        spanRefused(station, line, "1.5h", Duration.ofMinutes(90));
        spanRefused(
                station,
                "postgres server restore -n target1 -ns arc -t %s -f " + id,
                "2d",
                Duration.ofDays(2));

        // one that can be gone back to
        Instant target = Instant.now();
        Ended started =
                station.line(
                                String.format(
                                        java.util.Locale.ROOT,
                                        line + " --wait",
                                        target.atZone(BERLIN).toLocalDateTime()))
                        .good();
        assertThat(started.out()).contains("pg1").contains("Check same cluster");
        Json restored = station.ask("server", "show", "-n", "pg1", "-ns", "arc");
        assertThat(restored.at("state").shown()).isEqualTo("Running");
    }

    private static void refused(Station station, String line, String moment, String happened) {
        station.line(String.format(java.util.Locale.ROOT, line, moment))
                .refused(happened, "the earliest one is ");
    }

    private static void spanRefused(Station station, String line, String span, Duration ago) {
        Instant from = Instant.now().minus(ago);
        Ended ended =
                station.line(String.format(java.util.Locale.ROOT, line, span))
                        .refused("lies before the first moment", "the earliest one is ");
        Instant read = Instant.parse(ended.err().replaceAll("(?s)^pgkeep: (\\S+) .*", "$1"));
        assertThat(read).isBetween(from.minusMillis(1), Instant.now().minus(ago));
    }

    private static void settings(Station station) {
        for (String line :
                List.of(
                        "postgres server create -n pg2 -ns arc --dataSizeMb 1024 --serviceType"
                                + " NodePort --backupVolumeClaims pvc1,pvc2",
                        "postgres server create -n pg2 --dataSizeMb 1024 --serviceType NodePort"
                                + " --backupClasses managed-premium,default --backupSizesMb"
                                + " 1024,2048",
                        "postgres server update -n pg1 -ns arc --backupSizesMb 500",
                        "postgres server update -n pg1 -ns arc --backupVolumeClaims pvc1",
                        "postgres server update -n pg1 -ns arc --deltaBackupInterval 1"
                                + " --fullBackupInterval 5",
                        "postgres server update -n pg1 -ns arc --retentionMin '7d'"
                                + " --retentionMax '7d'",
                        "postgres backup take -n pg1 -ns arc -bn test")) {
            station.line(line).good();
        }
        Processes.await("pg2 made", Station.PATIENCE, () -> station.unfinishedJobs().isEmpty());
        Json pg1 = station.ask("server", "show", "-n", "pg1", "-ns", "arc").at("settings");
        assertThat(pg1.at("retentionMax").shown()).isEqualTo("7d");
        assertThat(pg1.at("fullBackupInterval").shown()).isEqualTo("5");
        station.line("postgres backup delete -n pg1 -ns arc -bn test --tier 1").good();
        assertThat(station.line("postgres backup list -n pg1 -ns arc").good().out())
                .doesNotContain(" test ");
    }
}
