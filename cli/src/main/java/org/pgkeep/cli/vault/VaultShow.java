package org.pgkeep.cli.vault;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;

/** {@code vault show}. */
@Command(
        name = "show",
        header = "Show the vault, its tiers and their places.",
        description = {
            "",
            "Which tiers there are, how each of their places is, and what is still to be copied.",
            ""
        },
        footer = {"Example:", "  pgkeep vault show", "Next:", "  pgkeep vault tier list"})
public final class VaultShow implements Runnable {
    private final Face face;

    /** The command. */
    public VaultShow(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json vault = face.service().get("/vault");
        face.result(vault, () -> VaultText.facts(vault));
    }
}
