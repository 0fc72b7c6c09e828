package org.pgkeep.cli.run;

import java.util.Optional;
import org.pgkeep.cli.face.Face;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code vault open}. */
@Command(
        name = "open",
        header = "Open a vault that exists in a new home, and start the service.",
        description = {
            "",
            "Put its key into the home first, as the recovery kit says. One place of a tier tells of the others.",
            ""
        },
        footer = {
            "Example:",
            "  pgkeep vault open --vault s3://bucket/pgkeep --home /srv/pgkeep",
            "Next:",
            "  pgkeep server list"
        })
public final class VaultOpen implements Runnable {
    private final Face face;

    @Mixin private final VaultOptions vault = new VaultOptions();

    /** The command. */
    public VaultOpen(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        if (vault.places(Optional.empty()).places().isEmpty()) {
            throw new Failure(
                    Code.BAD_ARGUMENT, "it isn't said where the vault is", "add --vault PLACE");
        }
        vault.startAndShow(face);
    }
}
