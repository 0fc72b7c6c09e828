package org.pgkeep.cli.face;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that every command takes, wherever on the line they stand. */
public final class CommonOptions {
    @Option(
            names = {"-o", "--output"},
            scope = ScopeType.INHERIT,
            paramLabel = "table|json",
            description = "How results are printed (default: table).")
    private Output output = Output.table;

    @Option(
            names = "--home",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description =
                    "Where pgkeep keeps its things (default: PGKEEP_HOME, else"
                            + " /var/lib/pgkeep for root and ~/.pgkeep for others).")
    private @Nullable Path home;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Add the stack trace when something fails.")
    private boolean debug;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this text.")
    @SuppressWarnings({"unused", "UnusedVariable"}) // picocli acts on it
    private boolean help;

    Output output() {
        return output;
    }

    Optional<Path> home() {
        return Optional.ofNullable(home);
    }

    boolean debug() {
        return debug;
    }
}
