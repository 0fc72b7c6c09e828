package org.pgkeep.cli.key;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;

/** {@code vault key list}. */
@Command(
        name = "list",
        header = "List the keys that the vault is locked with.",
        description = {
            "",
            "Their ids, never the keys. Each one that is current opens the whole vault by itself.",
            ""
        },
        footer = {"Example:", "  pgkeep vault key list", "Next:", "  pgkeep vault key remove ID"})
public final class KeyList implements Runnable {
    private final Face face;

    /** The command. */
    public KeyList(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json keys = face.service().get("/vault/keys");
        face.result(keys, () -> KeyText.table(keys.items()));
    }
}
