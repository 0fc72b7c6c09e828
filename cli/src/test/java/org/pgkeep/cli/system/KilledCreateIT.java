package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** The service is killed with signal 9 while it makes a server. */
class KilledCreateIT {
    /** The first one means: at once after the answer. */
    private static final List<String> PHASES =
            List.of("", "making the cluster", "reading the data directory");

    // correctness.md 27: everything is restartable; 9: no snapshot without its WAL
    @Test
    void theServerIsMadeAllTheSame() throws Exception {
        try (Station station = Station.running()) {
            PostgresBinaries binaries = PostgresBinaries.rotating().get(1);
            int made = 0;
            for (String phase : PHASES) {
                String name = "pg" + made;
                String version = Integer.toString(binaries.major());
                Json job = station.ask("server", "create", "-n", name, "--version", version);
                String id = job.at("id").shown();
                if (!phase.isEmpty()) {
                    station.awaitJob(
                            id, phase, now -> now.at("progress").at("phase").shown().equals(phase));
                }
                station.killService();
                station.up();
                Json done = station.awaitSuccess(id);
                made++;
                assertThat(done.at("serverId").asText()).isEqualTo(job.at("serverId").asText());
                assertThat(station.server(name).at("state").shown()).isEqualTo("Running");
                assertThat(station.serverFolders()).hasSize(made);
                assertThat(station.postmasters()).isEqualTo(made);
                assertThat(station.value(name, "select 1")).isEqualTo("1");
                List<Json> backups = station.ask("backup", "list", "-n", name).items();
                assertThat(backups).hasSize(1);
                assertThat(backups.getFirst().at("state").asText())
                        .isEqualTo(Optional.of("Succeeded"));
            }
        }
    }
}
