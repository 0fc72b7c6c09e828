package org.pgkeep.tidy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of the documents do what the documents say, on the program as it was built. */
class GuideIT {
    private static final int MINUTES_MAX = 10;

    private Path home = Path.of("");

    @BeforeEach
    void makeHome() throws IOException {
        home = Files.createTempDirectory("pgkeep-guide");
        // as root, servers run as somebody else, who has to get to their folders
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @AfterEach
    void clear() throws Exception {
        // a document that failed half-way left it running
        Process down = pgkeep("down", "--stop-servers").start();
        assertThat(down.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
        try (Stream<Path> tree = Files.walk(home)) {
            tree.sorted(Comparator.reverseOrder()).forEach(GuideIT::delete);
        }
    }

    private static void delete(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/guide.md"})
    void doesWhatItSays(String name) throws Exception {
        assumeTrue(
                run(new ProcessBuilder("psql", "--version")),
                "psql is not on this machine: install postgresql-client");
        RunnableDocument document =
                RunnableDocument.read(Files.readString(House.root().resolve(name)));
        assertThat(document.blocks()).as("commands to run in %s", name).hasSizeGreaterThan(4);
        Path script = Files.writeString(home.resolve("script"), document.script());
        Path printed = home.resolve("printed");

        ProcessBuilder bash = prepared(new ProcessBuilder("bash", script.toString()));
        Process process = bash.redirectErrorStream(true).redirectOutput(printed.toFile()).start();
        boolean ended = process.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
        if (!ended) {
            process.destroy();
        }

        String output = Files.readString(printed);
        assertThat(document.differences(output))
                .as("%s, which printed:\n%s", name, output)
                .isEmpty();
        assertThat(ended).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private ProcessBuilder pgkeep(String... words) {
        ProcessBuilder builder = new ProcessBuilder();
        builder.command().add(House.root().resolve("pgkeep").toString());
        builder.command().addAll(List.of(words));
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
        return prepared(builder);
    }

    private ProcessBuilder prepared(ProcessBuilder builder) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        builder.environment().put("PATH", House.root() + ":" + path);
        builder.environment().put("PGKEEP_HOME", home.resolve("home").toString());
        // somebody's own settings would lead psql elsewhere
        builder.environment()
                .keySet()
                .removeIf(each -> each.startsWith("PG") && !each.equals("PGKEEP_HOME"));
        return builder;
    }

    private static boolean run(ProcessBuilder builder) throws InterruptedException {
        try {
            return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException notThere) {
            return false;
        }
    }
}
