package org.pgkeep.cli.run;

import org.pgkeep.cli.face.Face;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code vault init}. */
@Command(
        name = "init",
        header = "Make a vault in a new home, and start the service.",
        description = {"", "The same as the first: pgkeep up --detach.", ""},
        footer = {
            "Example:",
            "  pgkeep vault init --vault /disk1/v --vault /disk2/v --vault /disk3/v",
            "Next:",
            "  pgkeep vault show"
        })
public final class VaultInit implements Runnable {
    private final Face face;

    @Mixin private final VaultOptions vault = new VaultOptions();

    /** The command. */
    public VaultInit(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        vault.startAndShow(face);
    }
}
