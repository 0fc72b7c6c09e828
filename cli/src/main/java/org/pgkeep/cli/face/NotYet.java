package org.pgkeep.cli.face;

import java.util.Map;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/**
 * A command or an option that is laid down for pgkeep and does nothing in this version. It is
 * refused by its name: somebody's script must not believe that it was heard.
 */
@Command
public final class NotYet implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    /** A command that takes any arguments and refuses. */
    public static CommandLine command() {
        CommandLine line = new CommandLine(new NotYet());
        line.getCommandSpec().usageMessage().hidden(true);
        return line.setUnmatchedArgumentsAllowed(true).setUnmatchedOptionsArePositionalParams(true);
    }

    /**
     * Adds options that are refused when they are given.
     *
     * @param options their names, and what this version lacks: a noun with its verb, {@code
     *     "storage tiers are"}
     */
    public static void options(CommandLine line, Map<String, String> options) {
        options.forEach(
                (names, lack) -> line.getCommandSpec().addOption(refused(names.split(" "), lack)));
    }

    private static OptionSpec refused(String[] names, String lack) {
        ISetter refuse =
                new ISetter() {
                    @Override
                    public <T> T set(T value) {
                        throw new Failure(
                                Code.BAD_ARGUMENT,
                                names[0] + ": " + lack + " not in this version",
                                "leave the option out");
                    }
                };
        return OptionSpec.builder(names)
                .arity("0..1")
                .type(String.class)
                .fallbackValue("")
                .hidden(true)
                .hasInitialValue(false)
                .setter(refuse)
                .build();
    }

    @Override
    public void run() {
        String words = spec.qualifiedName(" ");
        String noun = spec.parent() == null ? "pgkeep" : spec.parent().qualifiedName(" ");
        throw new Failure(
                Code.BAD_ARGUMENT,
                "`" + words + "` is not in this version",
                "see what is there: " + noun + " --help");
    }
}
