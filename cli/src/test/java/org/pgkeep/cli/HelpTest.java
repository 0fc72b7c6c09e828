package org.pgkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.terminal.Terminal;
import picocli.CommandLine;

/** Each command's help is there, has an example that parses, and tells the next step. */
class HelpTest {
    private static final Path NOWHERE = Path.of("/nonexistent");

    @TestFactory
    List<DynamicTest> everyCommandHelpsWithAnExampleAndTheNextStep() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String command : commands()) {
            tests.add(DynamicTest.dynamicTest(command, () -> checkHelp(command)));
        }
        assertThat(tests).hasSizeGreaterThan(15);
        return tests;
    }

    private static void checkHelp(String command) {
        Ran ran = Ran.line(command.replaceFirst("^pgkeep ?", "") + " --help", NOWHERE);
        assertThat(ran.code()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .contains("Usage: " + command)
                .contains("--home")
                .contains("--output")
                .doesNotContain("\u001b");
        assertThat(ran.out().lines()).allMatch(line -> line.length() <= 100);
        boolean noun =
                command.matches("pgkeep (server|backup|drill|job|wal|vault|vault key|vault tier)");
        if (!noun && !command.equals("pgkeep")) {
            assertThat(ran.out()).contains("Example:\n  ").containsAnyOf("Next:", "To undo it:");
        }
    }

    private static List<String> commands() {
        List<String> found = new ArrayList<>();
        collect(Pgkeep.commandLine(new Face(Terminal.ofThisProcess())), found);
        return found;
    }

    private static void collect(CommandLine line, List<String> found) {
        if (line.getCommandSpec().usageMessage().hidden()) {
            return;
        }
        found.add(line.getCommandSpec().qualifiedName(" "));
        for (Map.Entry<String, CommandLine> below : line.getSubcommands().entrySet()) {
            collect(below.getValue(), found);
        }
    }

    @Test
    void examplesAreLinesThatParse() {
        for (String command : commands()) {
            Ran help = Ran.line(command.replaceFirst("^pgkeep ?", "") + " --help", NOWHERE);
            help.out()
                    .lines()
                    .filter(line -> line.startsWith("  pgkeep "))
                    .map(line -> line.strip().replaceFirst(" {3,}.*", ""))
                    .forEach(HelpTest::checkParses);
        }
    }

    private static void checkParses(String example) {
        String line = example.replaceFirst("^pgkeep ", "").replace("XID", "812");
        CommandLine parser = Pgkeep.commandLine(new Face(Terminal.ofThisProcess()));
        List<String> words = new ArrayList<>();
        java.util.regex.Matcher word =
                java.util.regex.Pattern.compile("'([^']*)'|(\\S+)").matcher(line);
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        parser.parseArgs(words.toArray(String[]::new));
        assertThat(Optional.ofNullable(parser.getParseResult())).as(example).isPresent();
    }

    @Test
    void toldWithoutAWordWhatThereIs() {
        Ran ran = Ran.line("", NOWHERE);
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).contains("Commands:").contains("pgkeep demo");
    }

    @Test
    void knowsItsVersion() {
        assertThat(Ran.line("--version", NOWHERE).out()).matches("pgkeep \\d+\\.\\d+\\.\\d+\\R");
    }

    @Test
    void completesCommandsThatAreThere() {
        Ran ran = Ran.line("completion", NOWHERE);
        assertThat(ran.code()).isZero();
        assertThat(ran.out()).startsWith("#!/").contains("restore").contains("--passphrase-file");
        assertThat(ran.out()).doesNotContain("firewall").doesNotContain("--workers");
    }
}
