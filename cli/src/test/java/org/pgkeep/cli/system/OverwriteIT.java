package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** A restore in the place of the server that is there, and its undoing. */
class OverwriteIT {
    private static final Pattern UNDO = Pattern.compile("(?m)^To undo it:? +\\S*pgkeep (.*)$");

    @Test
    void bringsAServersPastIntoItsPlaceAndThePresentBack() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            execute(station, "CREATE TABLE t AS SELECT 1 AS i");
            station.type("backup", "take", "-n", "pg1", "-bn", "test", "--wait").good();
            execute(station, "INSERT INTO t VALUES (2)");
            Json before = station.server("pg1");

            Ended plan = station.line("postgres server restore -n pg1 -ns default -bn test --plan");
            assertThat(plan.good().out()).contains("in place of server pg1");
            assertThat(rows(station)).isEqualTo(2);

            Ended done =
                    station.line("postgres server restore -n pg1 -ns default -bn test --wait")
                            .good();
            assertThat(rows(station)).isEqualTo(1);
            Json after = station.server("pg1");
            assertThat(after.at("port").shown()).isEqualTo(before.at("port").shown());
            assertThat(after.at("id").shown()).isNotEqualTo(before.at("id").shown());
            execute(station, "INSERT INTO t VALUES (3), (4)");

            // the printed line brings the second row back, and loses nothing either
            Matcher undo = UNDO.matcher(done.out());
            assertThat(undo.find()).as("%s", done).isTrue();
            Ended back = station.line(undo.group(1)).good();
            assertThat(rows(station)).isEqualTo(2);
            Matcher again = UNDO.matcher(back.out());
            assertThat(again.find()).isTrue();
            station.line(again.group(1)).good();
            assertThat(rows(station)).isEqualTo(3);

            assertThat(station.ask("server", "list").items()).hasSize(1);
            assertThat(station.serverFolders()).hasSize(1);
            assertThat(station.postmasters()).isEqualTo(1);
        }
    }

    @Test
    void leavesTheServerAsItWasWhereTheRestoreFails() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            execute(station, "CREATE TABLE t AS SELECT 1 AS i");
            String id = station.server("pg1").at("id").shown();
            station.line("server restore -n pg1 -t 40d --wait")
                    .refused("before the first moment", "the earliest one is");
            station.line("server restore -n pg1 --latest --port 1024 --wait")
                    .refused("keeps its port", "");
            station.line("server restore -n new --latest --wait")
                    .refused("it isn't said from which server", "add -f");
            assertThat(station.server("pg1").at("id").shown()).isEqualTo(id);
            assertThat(rows(station)).isEqualTo(1);
            // killed in the middle: it runs again to its end
            Json job = station.ask("server", "restore", "-n", "pg1", "--latest");
            station.awaitJob(
                    job.at("id").shown(),
                    "a restore under way",
                    running -> running.at("progress").at("phase").shown().contains("stopping"));
            station.killService();
            station.up();
            station.awaitSuccess(job.at("id").shown());
            assertThat(rows(station)).isEqualTo(1);
            assertThat(station.ask("server", "list").items()).hasSize(1);
            assertThat(List.copyOf(station.serverFolders())).hasSize(1);
        }
    }

    private static void execute(Station station, String sql) throws SQLException {
        try (Connection connection = station.connect("pg1");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int rows(Station station) throws SQLException {
        try (Connection connection = station.connect("pg1");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM t")) {
            assertThat(row.next()).isTrue();
            return row.getInt(1);
        }
    }
}
