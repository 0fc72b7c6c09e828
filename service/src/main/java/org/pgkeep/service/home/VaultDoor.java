package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;

/** Opens the home's vault, and makes it at the first start. */
public final class VaultDoor {
    private final Home home;
    private final PlaceOpener places;
    private final SecureRandom random;
    private final InstantSource clock;

    public VaultDoor(Home home, PlaceOpener places, SecureRandom random, InstantSource clock) {
        this.home = home;
        this.places = places;
        this.random = random;
        this.clock = clock;
    }

    /**
     * An open vault.
     *
     * @param vault the vault
     * @param path where it is
     * @param made whether it was made just now
     * @param keyFile what opens it; empty when a passphrase does
     * @param kit where the recovery kit was written just now
     * @param keys what opens it
     */
    public record Opened(
            Vault vault,
            Path path,
            boolean made,
            Optional<Path> keyFile,
            Optional<Path> kit,
            HomeKeys keys) {}

    /**
     * Opens the vault. The first start in an empty home makes it, in this order: key, vault,
     * recovery kit. A crash in between leaves a key or a vault that the next start takes up. The
     * reverse order could leave a vault that nothing opens.
     *
     * @param passphrase opens the vault instead of the key file
     * @param elsewhere where the vault is to be, if not in the home; kept as a link in the home
     * @throws Failure {@code NO_KEY}, {@code WRONG_KEY}, {@code WRONG_PLACE}, {@code NOT_WRITABLE},
     *     {@code NEWER_FORMAT}
     */
    public Opened open(Optional<VaultKey.Passphrase> passphrase, Optional<Path> elsewhere) {
        Path path = place(elsewhere);
        boolean firstStart = !Files.exists(home.catalog()) && !Files.exists(home.recoveryKit());
        if (!Files.isDirectory(path) && !firstStart) {
            throw gone(path);
        }
        if (Files.exists(path)) {
            checkWritable(path);
        }
        boolean found = Vault.exists(places.open(PlaceAddress.of(path)));
        if (!found && !firstStart) {
            throw gone(path);
        }
        ObjectStore store =
                found ? places.open(PlaceAddress.of(path)) : places.make(PlaceAddress.of(path));
        VaultKey key = passphrase.isPresent() ? passphrase.get() : keyFromFile(found);
        Vault vault =
                found
                        ? Vault.open(store, key, random, clock)
                        : Vault.create(store, List.of(key), random, clock);
        Optional<Path> keyFile =
                passphrase.isPresent() ? Optional.empty() : Optional.of(home.keyFile());
        HomeKeys keys = new HomeKeys(home, vault, path, key, random);
        Optional<Path> kit = firstStart ? Optional.of(keys.writeKit()) : Optional.empty();
        return new Opened(vault, path, !found, keyFile, kit, keys);
    }

    private static Failure gone(Path path) {
        return new Failure(
                Code.WRONG_PLACE,
                "there is no vault in " + path + ", though this home had one",
                "bring it back or mount what it is on; only in a new home does pgkeep make a new"
                        + " one");
    }

    private Path place(Optional<Path> elsewhere) {
        Path link = home.vault();
        try {
            if (elsewhere.isPresent()) {
                Path wanted = elsewhere.get().toAbsolutePath().normalize();
                if (!Home.isThere(link)) {
                    checkPlace(wanted);
                    Files.createSymbolicLink(link, wanted);
                } else if (!Files.isSymbolicLink(link)
                        || !Files.readSymbolicLink(link).equals(wanted)) {
                    throw new Failure(
                            Code.WRONG_PLACE,
                            "this home's vault is in "
                                    + (Files.isSymbolicLink(link)
                                            ? Files.readSymbolicLink(link)
                                            : link)
                                    + ", not in "
                                    + wanted,
                            "leave the vault's place out, or use another home");
                }
            }
            return Files.isSymbolicLink(link)
                    ? link.resolveSibling(Files.readSymbolicLink(link))
                    : link;
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't link " + link + " to the vault: " + e,
                    "check the permissions of the home",
                    e);
        }
    }

    /** Looks before anything is made: the nearest folder that exists has to be one we may use. */
    private static void checkPlace(Path wanted) {
        Path existing = wanted;
        while (!Files.exists(existing)) {
            existing = Home.parentOf(existing);
        }
        checkWritable(existing);
    }

    private static void checkWritable(Path path) {
        if (!Files.isDirectory(path) || !Files.isWritable(path)) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "the vault's folder "
                            + path
                            + (Files.isDirectory(path) ? " can't be written" : " is no folder"),
                    "check its owner, its permissions and whether it is mounted read-only");
        }
    }

    private VaultKey keyFromFile(boolean vaultFound) {
        if (!Files.exists(home.keyFile())) {
            if (vaultFound) {
                throw new Failure(
                        Code.NO_KEY,
                        "the vault needs its key, and " + home.keyFile() + " is not there",
                        "put the key from the recovery kit into that file, or set"
                                + " PGKEEP_PASSPHRASE if the vault was made with a passphrase");
            }
            VaultKey.KeyFile fresh = VaultKey.KeyFile.random(random);
            DurableFile.write(home.keyFile(), HexFormat.of().formatHex(fresh.secret()) + "\n");
            return fresh;
        }
        String text = DurableFile.read(home.keyFile()).strip();
        try {
            return new VaultKey.KeyFile(HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.WRONG_KEY,
                    home.keyFile() + " does not hold a key: 64 hexadecimal digits are expected",
                    "put the key from the recovery kit into that file",
                    e);
        }
    }
}
