package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.vault.VaultText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "The first line of this file opens the vault.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--vault",
            paramLabel = "PLACE",
            required = true,
            description =
                    "A folder or an address; three times for three locations, twice for a place and"
                            + " its paired region.")
    private List<String> vault = new ArrayList<>();

    @Option(
            names = "--redundancy",
            paramLabel = "local|zone|geo",
            description = "How often it keeps each object (default: by its places).")
    private @Nullable String redundancy;

    /** The command. */
    public VaultOpen(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        new Detached(face)
                .start(
                        Optional.ofNullable(passphraseFile)
                                .map(file -> file.toAbsolutePath().normalize()),
                        new VaultPlaces(vault, Optional.ofNullable(redundancy), Optional.empty()));
        Json shown = face.service().get("/vault");
        face.result(shown, () -> VaultText.facts(shown));
        face.say("The service runs; end it with: " + face.line("down"));
    }
}
