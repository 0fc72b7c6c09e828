package org.pgkeep.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScreenTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void putsCellsUnderTheirHeads() {
        assertThat(new Table("ID", "Name").row("1", "long name").row("22", "").text())
                .isEqualTo(
                        """
                        ID  Name
                        --  ---------
                        1   long name
                        22
                        """);
        assertThatThrownBy(() -> new Table("ID").row("1", "2"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void putsValuesUnderEachOtherAndLeavesEmptyOnesOut() {
        assertThat(new Facts(1).add("a", "1").add("longer", "2").add("none", "").text())
                .isEqualTo(" a       1\n longer  2\n");
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "1023,1023 B",
        "1024,1.0 kB",
        "10240,10 kB",
        "50331648,48 MB",
        "1610612736,1.5 GB"
    })
    void saysSizesAsPostgresqlDoes(long size, String words) {
        assertThat(Words.bytes(size)).isEqualTo(words);
    }

    @ParameterizedTest
    @CsvSource({"0.41,0.4 s", "12.3,12 s", "119.6,2 min 0 s", "200,3 min 20 s", "7800,2 h 10 min"})
    void saysSpans(double seconds, String words) {
        assertThat(Words.seconds(seconds)).isEqualTo(words);
    }

    @Test
    void redrawsOneLineWhereSomebodyLooksAndTakesItAway() {
        try (ProgressLine line = new ProgressLine(terminal(true))) {
            line.show("reading", 1024, 4096);
            line.show("reading", 4096, 4096);
        }
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertThat(text)
                .contains("\rreading  [#####...............]  1.0 kB of 4.0 kB (25 %)")
                .contains("[####################]")
                .endsWith(" \r")
                .doesNotContain("\n");
    }

    @Test
    void printsNothingInTheFirstTenSecondsWhereNobodyLooks() {
        try (ProgressLine line = new ProgressLine(terminal(false))) {
            line.show("reading", 1024, 4096);
        }
        assertThat(bytes.size()).isZero();
    }

    @Test
    void knowsWherePgkeepLivesByDefault() {
        assertThat(terminal(false).defaultHome()).isEqualTo(Path.of("/home/ann/.pgkeep"));
        assertThat(terminal("ann", Map.of("HOME", "/h"), false).defaultHome())
                .isEqualTo(Path.of("/h/.pgkeep"));
        assertThat(terminal("root", Map.of(), false).defaultHome())
                .isEqualTo(Path.of("/var/lib/pgkeep"));
        assertThat(terminal("root", Map.of("PGKEEP_HOME", "/srv/p"), false).defaultHome())
                .isEqualTo(Path.of("/srv/p"));
    }

    private Terminal terminal(boolean live) {
        return terminal("ann", Map.of(), live);
    }

    private Terminal terminal(String user, Map<String, String> environment, boolean live) {
        PrintStream stream = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        return new Terminal(
                stream,
                stream,
                live,
                environment,
                user,
                Path.of("/home/ann"),
                Optional.empty(),
                ZoneId.of("UTC"),
                () -> Instant.parse("2026-11-21T08:00:00Z"),
                _ -> {});
    }
}
