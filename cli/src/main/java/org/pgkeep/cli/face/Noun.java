package org.pgkeep.cli.face;

import java.util.List;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A word like {@code server} that does nothing without a verb behind it. */
public final class Noun implements Runnable {
    private final CommandLine line;

    private Noun(String name, String... description) {
        this.line = new CommandLine(CommandSpec.wrapWithoutInspection(this));
        line.getCommandSpec().name(name).usageMessage().description(description);
    }

    /** The noun's command line: verbs are added to it. */
    public static CommandLine of(String name, String... description) {
        return new Noun(name, description).line;
    }

    @Override
    public void run() {
        List<String> verbs =
                line.getSubcommands().entrySet().stream()
                        .filter(verb -> !verb.getValue().getCommandSpec().usageMessage().hidden())
                        .map(java.util.Map.Entry::getKey)
                        .toList();
        String words = line.getCommandSpec().qualifiedName(" ");
        throw new Failure(
                Code.BAD_ARGUMENT,
                "`" + words + "` needs a verb: " + String.join(", ", verbs),
                "see what they do: " + words + " --help");
    }
}
