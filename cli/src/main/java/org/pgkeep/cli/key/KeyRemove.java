package org.pgkeep.cli.key;

import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code vault key remove}. */
@Command(
        name = "remove",
        header = "Let a key open the vault no more.",
        description = {
            "",
            "It still opens copies of the vault made before. Whoever used it may have kept what was"
                    + " inside: for what is to come, rotate the master key too.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault key remove 0a1b2c3d-0000-4000-8000-000000000001",
            "Next:",
            "  pgkeep vault rotate"
        })
public final class KeyRemove implements Runnable {
    private final Face face;

    @Parameters(paramLabel = "ID", description = "The key's id, from `pgkeep vault key list`.")
    private String id = "";

    /** The command. */
    public KeyRemove(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json keys = face.service().delete("/vault/keys/" + ServiceClient.part(id));
        face.result(keys, () -> KeyText.table(keys.items()));
    }
}
