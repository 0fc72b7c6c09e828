package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code up}: the service, here or in the background. */
@Command(
        name = "up",
        header = "Start the service.",
        description = {
            "",
            "The first start in an empty home makes the vault, its key and the recovery kit, and says"
                    + " where they are and what to keep safe. Servers that run are found again, and"
                    + " work that a crash cut off is mended or said to have failed.",
            "Without --detach it stays in the foreground; Ctrl-C ends it cleanly (exit code 130; 143"
                    + " for SIGTERM), and the PostgreSQL servers go on running.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep up --detach",
            "  pgkeep up --detach --home /srv/pgkeep --passphrase-file /root/pgkeep.pass",
            "Next:",
            "  pgkeep server create -n pg1 --wait"
        })
public final class Up implements Runnable {
    private final Face face;

    @Option(
            names = "--detach",
            description = "Start it in the background, and return when it is ready.")
    private boolean detach;

    @Mixin private final VaultOptions vault = new VaultOptions();

    @Option(
            names = "--promote",
            paramLabel = "N",
            description =
                    "Tier 1 is lost: make tier N the first one, and start. The same as: pgkeep vault"
                            + " tier promote N.")
    private @Nullable Integer promote;

    /** The command. */
    public Up(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Optional<Path> passphrase = vault.passphrase();
        VaultPlaces places = vault.places(Optional.ofNullable(promote));
        if (!detach) {
            Foreground.run(face, passphrase, places);
            return;
        }
        // A killed service leaves its file, and its process number comes again: only an answer
        // counts. What is not answered yet, the home's lock refuses when the new one starts.
        ServiceFile.find(face.home()).filter(_ -> answers()).ifPresent(this::refuse);
        Json status = new Detached(face).start(passphrase, places);
        face.result(status, () -> StatusText.facts(status));
        status.at("notes").items().forEach(note -> face.say(note.shown()));
        face.say("The service runs; its output goes to " + Detached.output(face.home()));
        face.say("End it with: " + face.line("down"));
    }

    private boolean answers() {
        try {
            face.service().get("/status");
            return true;
        } catch (Failure noAnswer) {
            return false;
        }
    }

    private void refuse(ServiceFile running) {
        throw new Failure(
                Code.IN_USE,
                "the service is running already (process " + running.pid() + ")",
                "look at it with: " + face.line("status"));
    }
}
