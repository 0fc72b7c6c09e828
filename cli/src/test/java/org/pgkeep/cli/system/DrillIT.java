package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** Drills as people ask for them. */
class DrillIT {
    @Test
    void provesARandomMomentAndKeepsTheProof() throws Exception {
        try (Station station = Station.running()) {
            station.create("pg1", PostgresBinaries.newest());
            List<String> folders = station.serverFolders();
            long postmasters = station.postmasters();

            Json done = station.ask("drill", "run", "-n", "pg1", "-q", "select true", "--wait");
            assertThat(done.at("checks").items()).isNotEmpty().allMatch(it -> it.at("ok").isTrue());
            assertThat(done.at("readySeconds").asDecimal()).isPresent();

            Ended lie =
                    station.type(
                            "drill",
                            "run",
                            "-n",
                            "pg1",
                            "--latest",
                            "-q",
                            "select false",
                            "--wait");
            assertThat(lie.code()).as("%s", lie).isEqualTo(1);
            assertThat(lie.err()).contains("does not answer \"select false\" with true", "hint: ");
            station.type("drill", "run", "-n", "pg2").refused("pg2", "pgkeep server list");
            station.type("drill", "run", "-n", "pg1", "-t", "40d")
                    .refused("before the first moment", "the earliest one is");

            List<Json> drills = station.ask("drill", "list", "-n", "pg1").items();
            assertThat(drills)
                    .extracting(drill -> drill.at("state").shown())
                    .containsExactly("Failed", "Succeeded");
            assertThat(station.type("drill", "list").good().out())
                    .startsWith("Timestamp")
                    .contains("does not answer", "pg1");
            // no server of a drill is left, none is adopted
            assertThat(station.serverFolders()).isEqualTo(folders);
            assertThat(station.postmasters()).isEqualTo(postmasters);
            assertThat(station.ask("server", "list").items()).hasSize(1);
        }
    }
}
