package org.pgkeep.cli.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.VaultReading;
import picocli.CommandLine.Option;

/** The vault itself, for when no service runs: the one place here that knows service's classes. */
final class VaultFetch {
    @Option(
            names = "--vault",
            paramLabel = "PLACE",
            description =
                    "Read this vault, and ask no service: a folder, or an address such as"
                            + " s3://BUCKET/PREFIX. Any tier will do; name it once for each of its"
                            + " locations.")
    private List<String> places = new ArrayList<>();

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "Holds the vault's key (default: vault.key in the home).")
    private @Nullable Path keyFile;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "The first line of this file opens the vault, instead of a key.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--key-service",
            paramLabel = "ADDRESS",
            description =
                    "A key in a key service opens the vault, such as"
                            + " pkcs11:object=LABEL;slot-id=N?module-path=….")
    private @Nullable String keyService;

    private VaultReading.Source source(Path home, Map<String, String> environment) {
        Optional<String> passphrase =
                Optional.ofNullable(passphraseFile)
                        .map(VaultFetch::firstLine)
                        // what is named on the line comes before what the environment says
                        .or(() ->
                                keyService == null
                                        ? Optional.ofNullable(environment.get("PGKEEP_PASSPHRASE"))
                                        : Optional.empty())
                        .filter(words -> !words.isEmpty());
        Optional<String> service =
                Optional.ofNullable(keyService)
                        .or(() -> Optional.ofNullable(environment.get("PGKEEP_KEY_SERVICE")))
                        .filter(address -> !address.isEmpty());
        return new VaultReading.Source(
                home, places, Optional.ofNullable(keyFile), passphrase, service);
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).lines().findFirst().orElse("");
        } catch (IOException e) {
            throw new Failure(
                    Code.NO_KEY,
                    "can't read the passphrase file " + file + ": " + e.getMessage(),
                    "check its name, owner and permissions",
                    e);
        }
    }

    /** Whether a vault was named. */
    boolean isWanted() {
        return !places.isEmpty();
    }

    /** Whether there are a vault and a key that could be tried. */
    boolean isPossible(Path home, Map<String, String> environment) {
        return source(home, environment).isThere();
    }

    void fetch(
            Path home,
            Map<String, String> environment,
            NamedServer server,
            String file,
            Path into) {
        VaultReading.fetch(
                source(home, environment), server.name(), server.namespace(), file, into);
    }
}
