package org.pgkeep.cli.server;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code server delete}. */
@Command(
        name = "delete",
        header = "Delete a server; it can be restored by its ID.",
        description = {
            "",
            "Stops PostgreSQL cleanly, brings its last WAL into the vault, then removes the data"
                    + " directory. Backups and WAL stay: the server can be restored to any moment"
                    + " by its ID, which is printed.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep server delete -n pg1 --wait",
            "To undo it:",
            "  pgkeep server restore -n pg1-again -f ID --latest --wait"
        })
public final class ServerDelete implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final WaitOption wait = new WaitOption();

    /** The command. */
    public ServerDelete(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json job = service.delete(server.path(""));
        String id = job.at("serverId").asText().orElse("ID");
        String undo =
                "To bring it back: "
                        + face.line("server restore -n NEW -f " + id + " --latest --wait");
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> "Deleting " + server.name() + " (ID " + id + ")\n",
                        done -> server.name() + " is deleted (ID " + id + ")\n");
        face.say(undo);
    }
}
