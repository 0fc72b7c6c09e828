package org.pgkeep.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How a failure is said: one line {@code pgkeep: WHAT HAPPENED}, one line {@code hint: WHAT TO DO},
 * or both in a JSON document, on standard error. It looks at the words themselves for {@code -o
 * json} and {@code --debug}: those hold for a line that can't be parsed, too.
 */
final class Complaints {
    private static final int REFUSED = 2;
    private static final int FAILED = 1;

    private final Terminal terminal;
    private final boolean json;
    private final boolean debug;

    Complaints(Terminal terminal, List<String> words) {
        this.terminal = terminal;
        this.json =
                wantsJson(words)
                        || "json".equals(terminal.environment().get(Terminal.ERRORS_VARIABLE));
        this.debug = words.contains("--debug");
    }

    /** Says that the line can't be understood. */
    int usage(ParameterException problem) {
        Optional<Failure> refusal = failureBehind(problem);
        if (refusal.isPresent()) {
            return failed(refusal.get());
        }
        Failure said =
                switch (problem) {
                    case UnmatchedArgumentException unmatched -> unmatched(unmatched);
                    case MissingParameterException missing when !missing.getMissing().isEmpty() ->
                            missing(missing);
                    default -> refused(clause(problem.getMessage()), help(problem));
                };
        return say(said, problem, REFUSED);
    }

    /** Says that the command failed. */
    int failed(Exception problem) {
        if (problem instanceof Failure failure) {
            boolean refused = failure.code().kind() == Code.Kind.REFUSED;
            return say(failure, failure, refused ? REFUSED : FAILED);
        }
        Map<String, String> said = new LinkedHashMap<>();
        said.put("code", "bug");
        said.put("message", "this is a fault in pgkeep: " + problem);
        said.put(
                "hint",
                debug
                        ? "report it with the lines above"
                        : "run it again with --debug, and report what it prints");
        return print(said, problem, FAILED);
    }

    private int say(Failure failure, Exception cause, int code) {
        Map<String, String> said = new LinkedHashMap<>();
        said.put("code", failure.code().text());
        said.put("message", failure.message());
        said.put("hint", failure.hint());
        return print(said, cause, code);
    }

    private int print(Map<String, String> said, Exception cause, int code) {
        if (debug) {
            cause.printStackTrace(terminal.err());
        }
        if (json) {
            Map<String, Json> fields = new LinkedHashMap<>();
            said.forEach((name, value) -> fields.put(name, Json.text(value)));
            terminal.err().println(Json.object(Map.of("error", Json.object(fields))).line());
        } else {
            terminal.err().println("pgkeep: " + oneLine(said.get("message")));
            terminal.err().println("hint: " + oneLine(said.get("hint")));
        }
        terminal.err().flush();
        return code;
    }

    private static String oneLine(@Nullable String text) {
        return String.valueOf(text).strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static Failure unmatched(UnmatchedArgumentException problem) {
        CommandLine line = problem.getCommandLine();
        String word = problem.getUnmatched().getFirst();
        String command = line.getCommandSpec().qualifiedName(" ");
        if (word.startsWith("-")) {
            String option = word.replaceFirst("=.*", "");
            List<String> options =
                    line.getCommandSpec().options().stream()
                            .filter(known -> !known.hidden())
                            .flatMap(known -> List.of(known.names()).stream())
                            .toList();
            return refused(
                    "`" + command + "` has no option " + option,
                    Nearest.to(option, options)
                            .map(nearest -> "did you mean " + nearest + "?")
                            .orElse("see: " + command + " --help"));
        }
        if (!line.getSubcommands().isEmpty()) {
            return refused(
                    "there is no command `" + command + " " + word + "`",
                    Nearest.to(word, line.getSubcommands().keySet())
                            .map(nearest -> "did you mean: " + command + " " + nearest)
                            .orElse("see: " + command + " --help"));
        }
        boolean named = line.getCommandSpec().optionsMap().containsKey("-n");
        return refused(
                "`" + command + "` does not know what to do with \"" + word + "\"",
                named ? "did you mean -n " + word + "?" : "see: " + command + " --help");
    }

    private static Failure missing(MissingParameterException problem) {
        String command = problem.getCommandLine().getCommandSpec().qualifiedName(" ");
        List<ArgSpec> missing = problem.getMissing();
        if (clause(problem.getMessage()).startsWith("missing required parameter for option")
                || clause(problem.getMessage()).startsWith("expected parameter")) {
            return refused(shown(missing.getFirst()) + ": the value is missing", help(problem));
        }
        // A word that nobody can place is probably the name that is missing.
        ParseResult parsed = problem.getCommandLine().getParseResult();
        boolean named = missing.stream().anyMatch(arg -> shown(arg).startsWith("-n "));
        String hint =
                named && parsed != null && !parsed.unmatched().isEmpty()
                        ? "did you mean -n " + parsed.unmatched().getFirst() + "?"
                        : help(problem);
        return refused(
                "`"
                        + command
                        + "` needs "
                        + missing.stream()
                                .map(Complaints::shown)
                                .collect(Collectors.joining(" and ")),
                hint);
    }

    private static String shown(ArgSpec arg) {
        return arg instanceof OptionSpec option
                ? option.shortestName() + " " + option.paramLabel()
                : arg.paramLabel();
    }

    private static Failure refused(String message, String hint) {
        return new Failure(Code.BAD_ARGUMENT, message, hint);
    }

    private static String help(ParameterException problem) {
        return "see: " + problem.getCommandLine().getCommandSpec().qualifiedName(" ") + " --help";
    }

    /** picocli's sentence as a clause. */
    private static String clause(@Nullable String message) {
        String text = String.valueOf(message);
        return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    }

    private static Optional<Failure> failureBehind(Throwable problem) {
        for (Throwable cause = problem; cause != null; cause = cause.getCause()) {
            if (cause instanceof Failure failure) {
                return Optional.of(failure);
            }
        }
        return Optional.empty();
    }

    private static boolean wantsJson(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            boolean named = word.equals("-o") || word.equals("--output");
            if (named && i + 1 < words.size() && words.get(i + 1).equalsIgnoreCase("json")) {
                return true;
            }
            if (word.equalsIgnoreCase("--output=json") || word.equalsIgnoreCase("-o=json")) {
                return true;
            }
        }
        return false;
    }
}
