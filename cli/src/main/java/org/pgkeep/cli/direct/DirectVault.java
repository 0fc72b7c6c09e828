package org.pgkeep.cli.direct;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.DirectoryRestore;
import org.pgkeep.service.VaultReading;
import picocli.CommandLine.Option;

/** The vault itself, for when no service runs: the one place here that knows service's classes. */
public final class DirectVault {
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
                        .map(DirectVault::firstLine)
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
                home,
                places,
                Optional.ofNullable(keyFile).map(Path::toAbsolutePath),
                passphrase,
                Optional.ofNullable(passphraseFile).map(Path::toAbsolutePath),
                service);
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
    public boolean isWanted() {
        return !places.isEmpty();
    }

    /** Whether there are a vault and a key that could be tried. */
    public boolean isPossible(Path home, Map<String, String> environment) {
        return source(home, environment).isThere();
    }

    /**
     * Writes a WAL file.
     *
     * @param end what is held from there on is not given out; null to give out everything
     * @throws Failure WAL_NOT_HELD, UNKNOWN_SERVER, BAD_ARGUMENT, and as the vault says
     */
    public void fetch(
            Path home,
            Map<String, String> environment,
            NamedServer server,
            String file,
            Path into,
            @Nullable String end) {
        VaultReading.fetch(
                source(home, environment),
                server.name(),
                server.namespace(),
                file,
                into,
                Optional.ofNullable(end));
    }

    /**
     * A restore into a directory.
     *
     * @param source the name or id of the server whose past it is
     * @param namespace the namespace of the name
     * @param target where it ends, as the service takes it
     * @param zone the user's zone
     * @param heldThrough a moment up to which the service said that everything is held
     * @param directory the data directory
     * @param tablespaces new places of tablespaces, by their old ones
     * @param wal how recovery gets its WAL: either, fetch or copy
     */
    public record Order(
            String source,
            String namespace,
            Json target,
            ZoneId zone,
            Optional<Instant> heldThrough,
            Path directory,
            Map<Path, Path> tablespaces,
            String wal) {
        /** Copies the map. */
        public Order {
            tablespaces = Map.copyOf(tablespaces);
        }
    }

    /** A restore that was planned and checked, and can be done. */
    public interface Planned {
        /** What it is going to do. */
        Json plan();

        /** Does it; tells each new phase. */
        void run(Consumer<String> phases);
    }

    /**
     * Plans a restore into a directory; changes nothing.
     *
     * @throws Failure as the planner says; FOREIGN_DIRECTORY, NOT_ALLOWED, NOT_WRITABLE, NO_SPACE
     */
    public Planned plan(Path home, Map<String, String> environment, Order order) {
        DirectoryRestore restore =
                DirectoryRestore.of(
                        new DirectoryRestore.Order(
                                source(home, environment),
                                order.source(),
                                order.namespace(),
                                order.target().line(),
                                order.zone(),
                                order.heldThrough(),
                                order.directory(),
                                order.tablespaces(),
                                DirectoryRestore.WalWay.valueOf(
                                        order.wal().toUpperCase(Locale.ROOT))));
        return new Planned() {
            @Override
            public Json plan() {
                return Json.parse(restore.plan().getBytes(StandardCharsets.UTF_8));
            }

            @Override
            public void run(Consumer<String> phases) {
                restore.run(phases);
            }
        };
    }
}
