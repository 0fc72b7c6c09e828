package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tour, as the first command that a user of a clean clone types. */
class DemoIT {
    private static final Pattern REMOVED = Pattern.compile("stopped, (/\\S+) is removed");

    // README: ./pgkeep demo. A scope in a pom once took classes off the launcher's class path that
    // only the tour needs; every other command worked, and no test noticed
    @Test
    void playsOnTheClassPathThatTheLauncherHas() {
        // nothing from this test's settings: the demo finds its PostgreSQL by itself
        try (Station station = Station.open().with("PGKEEP_PG_BINARIES", "")) {
            Ended demo = station.type("demo").good();

            assertThat(demo.out()).contains("Everything was where it belongs");
            Matcher removed = REMOVED.matcher(demo.out());
            assertThat(removed.find()).as("%s", demo).isTrue();
            assertThat(Path.of(removed.group(1))).doesNotExist();
        }
    }
}
