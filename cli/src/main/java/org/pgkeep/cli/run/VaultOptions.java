package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.vault.VaultText;
import picocli.CommandLine.Option;

/** Where the vault is and what opens it: the options of every command that starts the service. */
final class VaultOptions {
    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description =
                    "The first line of this file opens the vault, instead of a key file in the"
                            + " home.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--vault",
            paramLabel = "PLACE",
            description =
                    "Where the vault is, or is to be made (default: in the home): a folder, or an"
                            + " address such as s3://BUCKET/PREFIX. Given three times: three"
                            + " locations, any one of which is enough to restore; twice: a place and"
                            + " its paired region.")
    private List<String> vault = new ArrayList<>();

    @Option(
            names = "--redundancy",
            paramLabel = "local|zone|geo",
            description = "How often a new vault keeps each object (default: by its places).")
    private @Nullable String redundancy;

    Optional<Path> passphrase() {
        return Optional.ofNullable(passphraseFile).map(file -> file.toAbsolutePath().normalize());
    }

    VaultPlaces places(Optional<Integer> promote) {
        return new VaultPlaces(vault, Optional.ofNullable(redundancy), promote);
    }

    /** Starts the service in the background and shows its vault. */
    void startAndShow(Face face) {
        new Detached(face).start(passphrase(), places(Optional.empty()));
        Json shown = face.service().get("/vault");
        face.result(shown, () -> VaultText.facts(shown));
        face.say("The service runs; end it with: " + face.line("down"));
    }
}
