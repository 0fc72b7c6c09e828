package org.pgkeep.cli.server;

import java.io.Console;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Words;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code server purge}. */
@Command(
        name = "purge",
        header = "Remove all backups and WAL of a deleted server, for ever.",
        description = {
            "",
            "Frees the room at once, save what other servers refer to. A server that is not deleted"
                    + " is refused. Asks for the name on a terminal; in scripts say --confirm.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep server purge -n pg1 --confirm pg1 --wait",
            "Next:",
            "  pgkeep vault usage"
        })
public final class ServerPurge implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final WaitOption wait = new WaitOption();

    @Option(
            names = "--confirm",
            paramLabel = "NAME",
            description = "The server's name once more, instead of the question.")
    private String confirm = "";

    /** The command. */
    public ServerPurge(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        String name = confirm.isEmpty() ? asked() : confirm;
        Json job =
                service.post(
                        server.path("/purge"), Json.object(Map.of("confirm", Json.text(name))));
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> "Purging " + server.name() + "\n",
                        done ->
                                server.name()
                                        + " is gone; freed "
                                        + Words.bytes(done.at("freedBytes").asNumber().orElse(0L))
                                        + "\n");
    }

    private String asked() {
        @Nullable Console console = face.terminal().live() ? System.console() : null;
        if (console == null) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "all backups of " + server.name() + " would be gone for ever",
                    "if that is meant, say --confirm and the server's name");
        }
        String typed =
                console.readLine(
                        "All backups of %s will be gone for ever. Type the server's name: ",
                        server.name());
        return typed == null ? "" : typed.strip();
    }
}
