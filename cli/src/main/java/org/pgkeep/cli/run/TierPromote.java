package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.vault.VaultText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vault tier promote}. */
@Command(
        name = "promote",
        header = "Make another tier the first one, because the first one is lost.",
        description = {
            "",
            "Ends the service if it runs, and starts it with that tier as the first. What the lost tier had and this one did not is lost; the lost tier is no tier of the vault any more.",
            ""
        },
        footer = {"Example:", "  pgkeep vault tier promote 2", "Next:", "  pgkeep vault show"})
public final class TierPromote implements Runnable {
    private final Face face;

    @Parameters(paramLabel = "N", description = "The tier's number.")
    private int tier;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "The first line of this file opens the vault.")
    private @Nullable Path passphraseFile;

    /** The command. */
    public TierPromote(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Down.end(face);
        new Detached(face)
                .start(
                        Optional.ofNullable(passphraseFile)
                                .map(file -> file.toAbsolutePath().normalize()),
                        new VaultPlaces(List.of(), Optional.empty(), Optional.of(tier)));
        Json vault = face.service().get("/vault");
        face.result(vault, () -> VaultText.facts(vault));
    }
}
