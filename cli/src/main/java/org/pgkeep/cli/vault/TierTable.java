package org.pgkeep.cli.vault;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;

/** {@code vault tier list}. */
@Command(
        name = "list",
        header = "List the tiers of the vault.",
        description = {
            "",
            "In their order; tier 1 is where everything is written first, the others are copied to.",
            ""
        },
        footer = {
            "Example:",
            "  pgkeep vault tier list",
            "Next:",
            "  pgkeep vault tier add --place /mnt/far/vault"
        })
public final class TierTable implements Runnable {
    private final Face face;

    /** The command. */
    public TierTable(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json tiers = face.service().get("/vault/tiers");
        face.result(tiers, () -> VaultText.tiers(tiers.items()));
    }
}
