package org.pgkeep.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;

/** The start. */
public final class Main {
    private static final Set<String> GLOBAL_WITH_VALUE = Set.of("-o", "--output", "--home");

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
        List<String> words = withoutPostgres(args);
        Face face = new Face(terminal);
        Complaints complaints = new Complaints(terminal, words);
        CommandLine line = Pgkeep.commandLine(face);
        line.setParameterExceptionHandler((problem, _) -> complaints.usage(problem));
        line.setExecutionExceptionHandler((problem, _, _) -> complaints.failed(problem));
        try {
            return line.execute(words.toArray(String[]::new));
        } catch (Failure refused) {
            return complaints.failed(refused);
        }
    }

    /** The seeds' lines begin with {@code postgres}; behind the options of all commands, too. */
    private static List<String> withoutPostgres(List<String> args) {
        int at = 0;
        while (at < args.size() && args.get(at).startsWith("-")) {
            at += GLOBAL_WITH_VALUE.contains(args.get(at)) ? 2 : 1;
        }
        if (at >= args.size() || !args.get(at).equals("postgres")) {
            return args;
        }
        List<String> words = new ArrayList<>(args);
        words.remove(at);
        return words;
    }
}
