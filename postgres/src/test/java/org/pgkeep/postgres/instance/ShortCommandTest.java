package org.pgkeep.postgres.instance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Failure;

class ShortCommandTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void keepsWhatAProgramSaidAndHowItEnded() {
        ShortCommand.Result result =
                ShortCommand.run(
                        List.of("/bin/sh", "-c", "echo out; echo err >&2; exit 3"), PATIENCE);

        assertThat(result).isEqualTo(new ShortCommand.Result(3, "out\nerr\n"));
    }

    @Test
    void endsAProgramThatTakesTooLong() {
        assertThatThrownBy(() ->
                        ShortCommand.run(
                                List.of("/bin/sh", "-c", "exec sleep 100"), Duration.ofMillis(50)))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("did not end");
    }

    @Test
    void saysWhatCantBeRun() {
        assertThatThrownBy(() -> ShortCommand.run(List.of("/nonexistent/initdb"), PATIENCE))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("/nonexistent/initdb");
    }

    @Test
    void hidesTheCallersSurroundings() {
        Map<String, String> environment =
                new HashMap<>(
                        Map.of(
                                "PGPORT", "1",
                                "PGDATA", "/x",
                                "LC_MESSAGES", "de_DE",
                                "LANG", "de_DE",
                                "NOTIFY_SOCKET", "/run/x",
                                "AWS_SECRET_ACCESS_KEY", "x",
                                "AZURE_STORAGE_KEY", "x",
                                "my_token", "x",
                                "PATH", "/bin",
                                "TZ", "UTC"));

        ShortCommand.cleanEnvironment(environment);

        assertThat(environment).isEqualTo(Map.of("PATH", "/bin", "TZ", "UTC", "LC_ALL", "C"));
    }
}
