package org.pgkeep.cli.run;

import org.pgkeep.cli.face.Face;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code completion}. */
@Command(
        name = "completion",
        header = "Print a script that lets bash and zsh complete pgkeep's commands.",
        description = "",
        footer = {
            "",
            "Example:",
            "  source <(pgkeep completion)",
            "Next:",
            "  put that line into ~/.bashrc or ~/.zshrc"
        })
public final class Completion implements Runnable {
    private final Face face;
    @Spec private CommandSpec spec = CommandSpec.create();

    /** The command. */
    public Completion(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        face.terminal().out().print(AutoComplete.bash("pgkeep", spec.root().commandLine()));
        face.terminal().out().flush();
    }
}
