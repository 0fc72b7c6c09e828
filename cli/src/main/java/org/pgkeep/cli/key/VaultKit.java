package org.pgkeep.cli.key;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vault kit}. */
@Command(
        name = "kit",
        header = "Write the recovery kit.",
        description = {
            "",
            "One page with the vault's id, its key, and what to do: with it and a copy of the vault"
                    + " everything comes back on a machine that has nothing else. Keep it away from"
                    + " the vault: whoever has both can read your data.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault kit --to /mnt/stick/pgkeep-recovery-kit.txt",
            "Next:",
            "  pgkeep vault key list"
        })
public final class VaultKit implements Runnable {
    private final Face face;

    @Option(
            names = "--to",
            paramLabel = "FILE",
            description =
                    "A new file, readable for you alone (default: the one in the home, anew).")
    private @Nullable Path file;

    /** The command. */
    public VaultKit(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json written;
        if (file == null) {
            written = service.post("/vault/kit", Json.object(Map.of()));
        } else {
            String text = service.get("/vault/kit").at("text").asText().orElse("");
            Path target = file.toAbsolutePath().normalize();
            SecretFiles.writeNew(target, text);
            written = Json.object(Map.of("path", Json.text(target.toString())));
        }
        face.result(written, () -> "The recovery kit is in " + written.at("path").shown() + "\n");
        face.say("It holds what opens the vault: keep it safe, and away from the vault.");
    }
}
