package org.pgkeep.cli;

import java.util.List;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;

/** The start. */
public final class Main {
    private Main() {}

    /** Runs one command line and ends the process with its exit code. */
    public static void main(String[] args) {
        int code = run(List.of(args), Terminal.ofThisProcess());
        System.exit(code);
    }

    /**
     * Runs one command line.
     *
     * @return 0 done, 2 refused, 1 tried and failed
     */
    static int run(List<String> args, Terminal terminal) {
        CommandWords words = CommandWords.of(args);
        Face face = new Face(terminal);
        Complaints complaints = new Complaints(terminal, words.all());
        CommandLine line = Pgkeep.commandLine(face, words);
        line.setParameterExceptionHandler((problem, _) -> complaints.usage(problem));
        line.setExecutionExceptionHandler((problem, _, _) -> complaints.failed(problem));
        try {
            return line.execute(words.all().toArray(String[]::new));
        } catch (Failure refused) {
            return complaints.failed(refused);
        }
    }
}
