package org.pgkeep.cli.face;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.cli.terminal.Terminal;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * The ground of one run: its terminal, the options that hold for every command, the way to the
 * service. Made once by {@code Main}; picocli fills the options before a command runs.
 */
public final class Face {
    private final Terminal terminal;
    private final CommonOptions options = new CommonOptions();

    /** A face on this terminal. */
    public Face(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Streams, clock and environment. */
    public Terminal terminal() {
        return terminal;
    }

    /** For picocli alone, which fills it. */
    public CommonOptions options() {
        return options;
    }

    /** Whether a JSON document was asked for. */
    public boolean json() {
        return options.output() == Output.json;
    }

    /** Whether failures are printed with their stack trace. */
    public boolean debug() {
        return options.debug();
    }

    /** Where pgkeep keeps its things: absolute. */
    public Path home() {
        return options.home().orElseGet(terminal::defaultHome).toAbsolutePath().normalize();
    }

    /**
     * The service of this home.
     *
     * @throws Failure NO_SERVICE when it is not running
     */
    public ServiceClient service() {
        ServiceFile file = ServiceFile.find(home()).orElseThrow(this::notRunning);
        return new ServiceClient(home(), file, this::notRunning);
    }

    /** Prints a result: the document, or what stands for it where people read. */
    public void result(Json document, Supplier<String> text) {
        if (json()) {
            terminal.out().println(document.pretty());
        } else {
            terminal.out().print(text.get());
        }
        terminal.out().flush();
    }

    /** Says something that is no result, unless a script listens. */
    public void say(String text) {
        if (!json()) {
            terminal.err().println(text);
        }
    }

    /** Says why a command failed that chooses its exit code itself. */
    public void complain(Failure failure) {
        if (json()) {
            Map<String, Json> said = new LinkedHashMap<>();
            said.put("code", Json.text(failure.code().text()));
            said.put("message", Json.text(failure.message()));
            said.put("hint", Json.text(failure.hint()));
            terminal.err().println(Json.object(Map.of("error", Json.object(said))).line());
        } else {
            terminal.err().println("pgkeep: " + failure.message());
            terminal.err().println("hint: " + failure.hint());
        }
        terminal.err().flush();
    }

    /** A line the user can type as it stands: with {@code --home} where this one has it. */
    public String line(String command) {
        String where = options.home().map(home -> " --home " + home).orElse("");
        return "pgkeep " + command + where;
    }

    private Failure notRunning() {
        return new Failure(
                Code.NO_SERVICE,
                "the service is not running (home " + home() + ")",
                "start it with: " + line("up --detach"));
    }
}
