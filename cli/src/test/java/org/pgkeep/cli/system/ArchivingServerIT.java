package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** Servers that hand over their WAL by {@code archive_command}, through the launcher. */
class ArchivingServerIT {
    // cli.md: 0 done, 2 refused, 1 tried and failed; restore_command: 1 is "not there", and what is
    // not known must not end a recovery
    @Test
    void answersWrongUsesInOneSentence() throws Exception {
        try (Station station = Station.open()) {
            String segment = "000000010000000000000001";
            Ended down = station.type("wal", "push", "pg_wal/" + segment, "-n", "pg1");
            down.refused("the service is not running", "pgkeep up");
            Ended unknown = station.type("wal", "fetch", segment, "x", "-n", "pg1");
            assertThat(unknown.code()).as("%s", unknown).isEqualTo(200);
            station.up();
            Json _ = station.create("pg1", PostgresBinaries.newest());
            Path data = station.dataDirectory("pg1");
            Path target = station.home().resolve("fetched \"file\"");
            List<Ended> refused = new ArrayList<>();
            refused.add(station.type("wal", "push", "-n", "pg1"));
            refused.add(station.type("wal", "push", "pg_wal/" + segment));
            refused.add(station.type("wal", "push", "/nowhere/" + segment, "-n", "pg1"));
            refused.add(station.type("wal", "push", "/etc/passwd", "-n", "pg1"));
            refused.add(station.type("wal", "push", data + "", "-n", "pg1"));
            refused.add(station.type("wal", "push", "x", "-n", "pg 1"));
            refused.add(station.type("wal", "push", "x", "-n", "nobody"));
            refused.add(station.type("wal", "push", "x", "-n", "pg1", "-ns", "elsewhere"));
            refused.add(station.type("wal", "fetch", segment, "-n", "pg1"));
            refused.add(station.type("wal", "fetch", "nonsense", target + "", "-n", "pg1"));
            refused.add(station.type("wal", "fetch", "../x", target + "", "-n", "pg1"));
            refused.add(station.type("wal", "fetch", segment, target + "", "-n", "nobody"));
            refused.add(station.type("wal", "shove", "x", "-n", "pg1"));
            refused.add(station.type("wal"));
            assertThat(refused).allSatisfy(each -> each.refused("", ""));
            assertThat(target).doesNotExist();

            Ended later =
                    station.type(
                            "wal", "fetch", "0000000100000000000000EE", target + "", "-n", "pg1");
            assertThat(later.code()).as("%s", later).isOne();
            assertThat(later.err()).contains("is not in the vault").contains("hint: ");
            assertThat(target).doesNotExist();
            // streamed, and given out as a file; through Java as through the launcher's own way
            station.type("postgres", "wal", "fetch", segment, target + "", "-n", "pg1").good();
            assertThat(Files.size(target)).isEqualTo(16 << 20);
            byte[] fetched = Files.readAllBytes(target);
            station.type("wal", "fetch", segment, target + "", "--name=pg1").good();
            assertThat(Files.readAllBytes(target)).isEqualTo(fetched);
        }
    }
}
