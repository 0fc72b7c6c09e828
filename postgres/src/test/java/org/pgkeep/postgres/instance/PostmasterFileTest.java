package org.pgkeep.postgres.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PostmasterFileTest {
    private static final String SEVEN_LINES =
            "4711\n/var/data\n1700000000\n5432\n/run\nlocalhost\n  3489   42\n";

    @ParameterizedTest
    @CsvSource({
        "'ready   ', READY",
        "'standby ', STANDBY",
        "starting, STARTING",
        "stopping, STOPPING",
        "'a word of a later version', STARTING"
    })
    void readsTheStateFromTheEighthLine(String line, ServerState state) {
        assertThat(PostmasterFile.parse(SEVEN_LINES + line + "\n"))
                .hasValueSatisfying(file -> {
                    assertThat(file.pid()).isEqualTo(4711);
                    assertThat(file.state()).isEqualTo(state);
                });
    }

    @Test
    void aFileThatIsStillBeingWrittenMeansStarting() {
        for (int length = 5; length <= SEVEN_LINES.length(); length++) {
            assertThat(PostmasterFile.parse(SEVEN_LINES.substring(0, length)))
                    .map(PostmasterFile::state)
                    .contains(ServerState.STARTING);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "-4711\n/x\n", "0\n", "no number\n", "99999999999\n"})
    void whatNamesNoPostmasterIsNone(String text) {
        assertThat(PostmasterFile.parse(text)).isEmpty();
    }

    @Test
    void noFileIsNone(@TempDir Path directory) {
        assertThat(PostmasterFile.read(directory)).isEmpty();
    }
}
