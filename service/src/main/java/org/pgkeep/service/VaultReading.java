package org.pgkeep.service;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archiving.HeldFile;
import org.pgkeep.engine.archiving.WalFetcher;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.home.Home;
import org.pgkeep.service.home.TierStores;
import org.pgkeep.service.home.VaultWindow;
import org.pgkeep.service.request.Wishes;
import org.pgkeep.service.tier.CopyLog;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;

/**
 * What works without a service: the vault is opened here, with its key, and nothing is written into
 * it. Whoever has vault and key can recover a server on a machine that has nothing else.
 */
public final class VaultReading {
    private VaultReading() {}

    /**
     * A vault and what opens it.
     *
     * @param home where both are unless they are named
     * @param places of one of the vault's tiers; none for those that the home knows
     * @param keyFile a file with the key, 64 hexadecimal digits
     * @param passphrase instead of a key
     * @param passphraseFile where the passphrase stands, if in a file
     * @param keyService the address of a key in a key service, instead of a key
     */
    public record Source(
            Path home,
            List<String> places,
            Optional<Path> keyFile,
            Optional<String> passphrase,
            Optional<Path> passphraseFile,
            Optional<String> keyService) {
        /** Copies the list. */
        public Source {
            places = List.copyOf(places);
        }

        /** Whether all of it is there to be tried. */
        public boolean isThere() {
            boolean key =
                    passphrase.isPresent() || keyService.isPresent() || Files.isReadable(keyPath());
            return key && (!places.isEmpty() || VaultWindow.isKnown(new Home(home)));
        }

        private Path keyPath() {
            return keyFile.orElseGet(() -> new Home(home).keyFile());
        }

        Vault open() {
            SecureRandom random = new SecureRandom();
            return window(random).open(places, key(random));
        }

        private VaultWindow window(SecureRandom random) {
            Clock clock = Clock.systemUTC();
            PlaceOpener opener = Service.places(clock, random);
            TierStores stores = new TierStores(opener, clock, new CopyLog());
            return new VaultWindow(new Home(home), opener, stores, random, clock);
        }

        /**
         * The words behind {@code wal fetch} that open the same vault without this home, where they
         * can be said: a passphrase has to be in a file.
         */
        Optional<List<String>> words() {
            List<String> words = new ArrayList<>();
            for (String place : window(new SecureRandom()).places(places)) {
                words.addAll(List.of("--vault", place));
            }
            if (keyFile.isEmpty() && passphrase.isPresent()) {
                if (passphraseFile.isEmpty()) {
                    return Optional.empty();
                }
                words.addAll(List.of("--passphrase-file", passphraseFile.get().toString()));
            } else if (keyFile.isEmpty() && keyService.isPresent()) {
                words.addAll(List.of("--key-service", keyService.get()));
            } else {
                words.addAll(List.of("--key-file", keyPath().toAbsolutePath().toString()));
            }
            return Optional.of(words);
        }

        /** What was named first of all, then what the environment says, then the home's key. */
        private VaultKey key(SecureRandom random) {
            if (keyFile.isEmpty() && passphrase.isPresent()) {
                return new VaultKey.Passphrase(passphrase.get().toCharArray());
            }
            if (keyFile.isEmpty() && keyService.isPresent()) {
                return Service.keyInService(keyService.get(), random);
            }
            try {
                String text = Files.readString(keyPath()).strip();
                return new VaultKey.KeyFile(HexFormat.of().parseHex(text));
            } catch (IOException | IllegalArgumentException e) {
                throw new Failure(
                        Code.NO_KEY,
                        "can't read the vault's key from " + keyPath() + ": " + e.getMessage(),
                        "name the file that holds it with --key-file",
                        e);
            }
        }
    }

    /**
     * Writes a WAL file of a server.
     *
     * @param end what is held from there on is not given out; empty to give out everything
     * @throws Failure WAL_NOT_HELD if the vault does not hold it, or not yet; UNKNOWN_SERVER; DISK;
     *     and as the vault says
     */
    public static void fetch(
            Source source,
            String nameOrId,
            String namespace,
            String name,
            Path into,
            Optional<String> end) {
        Vault vault = source.open();
        ServerArchive archive = archive(vault, nameOrId, namespace);
        int segmentBytes = archive.document().orElseThrow().walSegmentBytes();
        HeldFile found =
                WalFetcher.once(archive, segmentBytes, end.map(Wishes::lsn))
                        .find(name)
                        .orElseThrow(() ->
                                new Failure(
                                        Code.WAL_NOT_HELD,
                                        name + " is not in the vault, or not yet",
                                        "what is held is listed by: pgkeep ranges"));
        try (OutputStream out = Files.newOutputStream(into)) {
            found.content().writeTo(out);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "can't write " + into + ": " + e.getMessage(),
                    "check the folder, its permissions and its room",
                    e);
        }
    }

    static ServerArchive archive(Vault vault, String nameOrId, String namespace) {
        List<ServerId> all = ServerArchive.all(vault);
        for (ServerId id : all) {
            if (id.toString().equals(nameOrId)) {
                return new ServerArchive(vault, id);
            }
        }
        for (ServerId id : all) {
            ServerArchive archive = new ServerArchive(vault, id);
            Optional<ServerDocument> document = archive.document();
            if (document.isPresent()
                    && document.get().deletedAt().isEmpty()
                    && document.get().name().equals(nameOrId)
                    && document.get().namespace().equals(namespace)) {
                return archive;
            }
        }
        throw new Failure(
                Code.UNKNOWN_SERVER,
                "the vault has no server \"" + nameOrId + "\" in namespace " + namespace,
                "deleted ones are found by their id; the folders below archives/ are ids");
    }
}
