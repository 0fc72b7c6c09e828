package org.pgkeep.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.cli.terminal.Terminal;

/** What a whole line of pgkeep ended with. */
record Ran(int code, String out, String err) {
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    /** Runs it as a shell would cut it: blanks between words, single quotes around some. */
    static Ran line(String line, Path home) {
        return line(line, home, Optional.empty());
    }

    static Ran line(String line, Path home, Optional<Path> launcher) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(line);
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        Map.of("PGKEEP_HOME", home.toString()),
                        "somebody",
                        Path.of("/home/somebody"),
                        launcher,
                        ZoneId.of("Europe/Berlin"),
                        new Ticking(),
                        _ -> {});
        int code = Main.run(words, terminal);
        return new Ran(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** A clock on which a second passes with each look: nobody has to wait. */
    private static final class Ticking implements InstantSource {
        private long looks;

        @Override
        public Instant instant() {
            looks++;
            return Instant.parse("2026-11-21T08:00:00Z").plusSeconds(looks);
        }
    }
}
