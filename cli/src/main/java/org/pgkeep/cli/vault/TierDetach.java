package org.pgkeep.cli.vault;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vault tier detach}. */
@Command(
        name = "detach",
        header = "Take a tier off the vault.",
        description = {
            "",
            "What is in it stays there, and can be restored from by itself; nothing is copied to it any more.",
            ""
        },
        footer = {"Example:", "  pgkeep vault tier detach 2", "Next:", "  pgkeep vault tier list"})
public final class TierDetach implements Runnable {
    private final Face face;

    @Parameters(paramLabel = "N", description = "The tier's number.")
    private int tier;

    /** The command. */
    public TierDetach(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json tiers = face.service().delete("/vault/tiers/" + tier);
        face.result(tiers, () -> VaultText.tiers(tiers.items()));
    }
}
