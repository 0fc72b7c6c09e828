package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** Finding the moment to go back to, and going there, in every way that can be typed. */
class MomentsIT {
    // issue 5, 5: what was dropped is listed by name and size, and every way to name a moment leads
    // to it
    @Test
    void everyMomentThatIsListedCanBeGoneBackTo() throws Exception {
        try (Station station = Station.running()) {
            Json _ = station.create("pg1", PostgresBinaries.rotating().get(1));
            station.sql(
                    "pg1",
                    "CREATE TABLE keep (i int)",
                    "CREATE TABLE doomed AS SELECT generate_series(1, 5000) AS i",
                    "CREATE TABLE emptied AS SELECT generate_series(1, 5000) AS i",
                    "CREATE TABLE rewritten AS SELECT generate_series(1, 5000) AS i");
            // names come from the newest backup before
            station.type("backup", "take", "-n", "pg1", "-bn", "named", "--wait").good();
            station.sql(
                    "pg1",
                    "INSERT INTO keep VALUES (1)",
                    "SELECT pg_create_restore_point('before the release')",
                    "INSERT INTO keep VALUES (2)");
            long xid = insert(station, 3);
            station.sql(
                    "pg1",
                    "INSERT INTO keep VALUES (4)",
                    "DROP TABLE doomed",
                    "TRUNCATE emptied",
                    "VACUUM FULL rewritten");

            List<Json> drops = station.ask("moments", "-n", "pg1", "--drops").items();
            assertThat(removed(drops, "doomed").at("kind").shown()).isEqualTo("drop");
            assertThat(removed(drops, "emptied").at("kind").shown()).isIn("truncate", "rewrite");
            assertThat(removed(drops, "rewritten").at("kind").shown()).isEqualTo("rewrite");
            assertThat(drops)
                    .filteredOn(each -> each.at("kind").shown().equals("restorePoint"))
                    .singleElement()
                    .satisfies(point ->
                            assertThat(point.at("relations").items().getFirst().shown())
                                    .isEqualTo("before the release"));
            Ended table = station.type("moments", "-n", "pg1", "--drops").good();
            assertThat(table.out())
                    .contains("postgres.public.doomed (")
                    .contains("before the release");
            assertThat(table.err()).contains("--before " + drops.getLast().at("xid").shown());

            List<Json> lately = station.ask("moments", "-n", "pg1", "--since", "10m").items();
            Json third =
                    lately.stream()
                            .filter(each -> each.at("xid").shown().equals(xid + ""))
                            .findFirst()
                            .orElseThrow();
            assertThat(third.at("kind").shown()).isEqualTo("commit");
            station.type("moments", "-n", "pg1", "--since", "lately").refused("lately", "");
            String early = Instant.now().minusSeconds(86_400).toString();
            assertThat(station.ask("moments", "-n", "pg1", "--since", "2d").items().size())
                    .as("since before " + early)
                    .isGreaterThanOrEqualTo(lately.size());

            // plans, and the commits next to them
            assertThat(lastCommit(station, "--xid", xid + "")).isEqualTo(xid);
            long second = lastCommit(station, "--before", xid + "");
            assertThat(second).isLessThan(xid);
            String time = third.at("time").shown();
            assertThat(lastCommit(station, "-t", time)).isEqualTo(xid);
            String sooner = Instant.parse(time).minusNanos(1000).toString();
            assertThat(lastCommit(station, "-t", sooner)).isEqualTo(second);
            assertThat(lastCommit(station, "--lsn", third.at("lsn").shown())).isEqualTo(second);
            station.type("server", "restore", "-n", "x", "-f", "pg1", "--restore-point", "none")
                    .refused("none", "");
            station.type("server", "restore", "-n", "x", "-f", "pg1", "--xid", "4000000")
                    .refused("4000000", "");

            Json _ = station.restore("released", "pg1", "--restore-point", "before the release");
            assertThat(station.value("released", "SELECT sum(i) FROM keep")).isEqualTo("1");
            assertThat(station.value("released", "SELECT count(*) FROM doomed")).isEqualTo("5000");
            Json _ = station.restore("third", "pg1", "-t", time);
            assertThat(station.value("third", "SELECT sum(i) FROM keep")).isEqualTo("6");
        }
    }

    private static long insert(Station station, int value) throws SQLException {
        try (Connection connection = station.connect("pg1");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO keep VALUES (" + value + ")");
            try (ResultSet xid = statement.executeQuery("SELECT txid_current()")) {
                boolean _ = xid.next();
                long found = xid.getLong(1);
                connection.commit();
                return found;
            }
        }
    }

    private static Json removed(List<Json> moments, String table) {
        return moments.stream()
                .filter(moment ->
                        moment.at("removed").items().stream()
                                .anyMatch(each ->
                                        each.at("name").shown().equals("postgres.public." + table)
                                                && each.at("sizeBytes").asNumber().orElse(0L) > 0))
                .findFirst()
                .orElseThrow(() -> new AssertionError(table + " in " + moments));
    }

    private static long lastCommit(Station station, String... target) {
        List<String> words =
                new java.util.ArrayList<>(
                        List.of("server", "restore", "-n", "x", "-f", "pg1", "--plan"));
        words.addAll(List.of(target));
        Json plan = station.ask(words.toArray(String[]::new));
        return plan.at("lastCommit").at("xid").asNumber().orElseThrow();
    }
}
