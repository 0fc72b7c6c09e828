package org.pgkeep.cli.wal;

import java.nio.file.Path;
import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code wal push}. */
@Command(
        name = "push",
        header = "Take a WAL file into the vault: for archive_command.",
        description = {
            "",
            "Ends with 0 when the vault holds the file durably, and with something else when it does"
                    + " not: then the server keeps it and tries again. The same file once more does"
                    + " nothing; another one under its name, a damaged one, or another server's is"
                    + " refused. Needs the running service.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  in postgresql.conf:",
            "  archive_mode = on",
            "  archive_timeout = 60",
            "  archive_command = 'pgkeep wal push %%p -n pg1'",
            "Next:",
            "  pgkeep server create -n pg1 --wal archive     a server that does so by itself"
        })
public final class WalPush implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();

    @Parameters(paramLabel = "PATH", description = "The file: %%p.")
    private Path path = Path.of("");

    /** The command. */
    public WalPush(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json body = Json.object(Map.of("path", Json.text(path.toAbsolutePath() + "")));
        Json done = face.service().post(server.path("/wal"), body);
        if (face.json()) {
            face.result(done, () -> "");
        }
    }
}
