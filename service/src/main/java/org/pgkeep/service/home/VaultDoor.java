package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;

/** Opens the home's vault, and makes it at the first start. */
public final class VaultDoor {
    private final Home home;
    private final PlaceOpener places;
    private final TierStores stores;
    private final SecureRandom random;
    private final InstantSource clock;

    public VaultDoor(
            Home home,
            PlaceOpener places,
            TierStores stores,
            SecureRandom random,
            InstantSource clock) {
        this.home = home;
        this.stores = stores;
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
     * @param keyFile what opens it; empty when something else does
     * @param kit where the recovery kit was written just now
     * @param keys what opens it
     * @param tier its first tier
     * @param again opens the same vault at another store
     */
    public record Opened(
            Vault vault,
            Path path,
            boolean made,
            Optional<Path> keyFile,
            Optional<Path> kit,
            HomeKeys keys,
            TierStores.OpenTier tier,
            Function<ObjectStore, Vault> again) {}

    /**
     * Opens the vault. The first start in an empty home makes it, in this order: key, vault,
     * recovery kit. A crash in between leaves a key or a vault that the next start takes up. The
     * reverse order could leave a vault that nothing opens.
     *
     * @param given opens the vault instead of the key file
     * @param elsewhere where the vault is to be, if not in the home; kept as a link in the home
     * @param wish what is said of places and tiers
     * @throws Failure {@code NO_KEY}, {@code WRONG_KEY}, {@code WRONG_PLACE}, {@code NOT_WRITABLE},
     *     {@code NEWER_FORMAT}
     */
    public Opened open(Optional<VaultKey> given, Optional<Path> elsewhere, VaultWish wish) {
        HomeTiers remembered = new HomeTiers(home);
        List<TierSettings> known = remembered.read();
        boolean elsewhereOnly = !known.isEmpty() && !Home.isThere(home.vault());
        if (wish.promote().isPresent()) {
            return promoted(given, wish.promote().get(), known, remembered);
        }
        if (!wish.places().isEmpty() || elsewhereOnly) {
            return inTier(given, firstTier(wish, known), remembered);
        }
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
        VaultKey key = given.isPresent() ? given.get() : keyFromFile(found);
        Vault vault =
                found
                        ? Vault.open(store, key, random, clock)
                        : Vault.create(store, List.of(key), random, clock);
        Optional<Path> keyFile = given.isPresent() ? Optional.empty() : Optional.of(home.keyFile());
        TierSettings settings = TierSettings.local("tier1", path.toString());
        return opened(
                vault,
                new TierStores.OpenTier(settings, store, List.of(store), Optional.empty()),
                !found,
                keyFile,
                firstStart,
                key);
    }

    private Opened opened(
            Vault vault,
            TierStores.OpenTier tier,
            boolean made,
            Optional<Path> keyFile,
            boolean firstStart,
            VaultKey key) {
        Path path = Path.of(vault.location());
        HomeKeys keys = new HomeKeys(home, vault, path, key, random);
        Optional<Path> kit = firstStart ? Optional.of(keys.writeKit()) : Optional.empty();
        return new Opened(
                vault,
                path,
                made,
                keyFile,
                kit,
                keys,
                tier,
                // with the key of that moment: it may have been replaced since
                store -> Vault.open(store, keys.key(), random, clock));
    }

    /**
     * What is wished, checked against what is remembered, and completed by what the place tells.
     */
    private TierSettings firstTier(VaultWish wish, List<TierSettings> known) {
        if (wish.places().isEmpty()) {
            return known.getFirst();
        }
        List<String> addresses =
                wish.places().stream().map(text -> PlaceAddress.parse(text).text()).toList();
        if (!known.isEmpty() && !known.getFirst().places().equals(addresses)) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    "this home's vault is in " + String.join(", ", known.getFirst().places()),
                    "leave the vault's place out, or use another home");
        }
        if (known.isEmpty() && Home.isThere(home.vault())) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    "this home has a vault in " + home.vault(),
                    "leave the vault's place out, or use another home");
        }
        return stores.told(addresses, wish.redundancy());
    }

    /**
     * Opens the vault in its first tier's places, or makes it there. In this order: key, the home's
     * word of where the vault is, vault, list of tiers, recovery kit. Each crash in between leaves
     * what the next start takes up.
     */
    private Opened inTier(Optional<VaultKey> given, TierSettings settings, HomeTiers remembered) {
        boolean firstStart = !Files.exists(home.catalog()) && !Files.exists(home.recoveryKit());
        TierStores.OpenTier tier = stores.open(settings);
        boolean found = settings.places().stream().anyMatch(this::hasVault);
        if (!found && !firstStart) {
            throw gone(Path.of(tier.store().location()));
        }
        VaultKey key = given.isPresent() ? given.get() : keyFromFile(found);
        if (remembered.read().isEmpty()) {
            remembered.write(List.of(settings));
        }
        if (!found) {
            tier = stores.make(settings, new UUID(random.nextLong(), random.nextLong()));
        }
        Vault vault =
                found
                        ? Vault.open(tier.store(), key, random, clock)
                        : Vault.create(tier.store(), List.of(key), random, clock);
        if (vault.tiers().tiers().isEmpty()) {
            vault.putTiers(vault.tiers(), List.of(settings));
        }
        Optional<Path> keyFile = given.isPresent() ? Optional.empty() : Optional.of(home.keyFile());
        return opened(vault, tier, !found, keyFile, firstStart, key);
    }

    private boolean hasVault(String address) {
        try {
            return Vault.exists(places.open(PlaceAddress.parse(address)));
        } catch (Failure away) {
            return false;
        }
    }

    /**
     * Makes another tier the first one, because the first one is lost.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>the list of tiers, with the new order, is stored in that tier: the home still looks for
     *       the lost one, and promoting again does nothing new;
     *   <li>the home remembers the new order: done.
     * </ol>
     */
    private Opened promoted(
            Optional<VaultKey> given, int number, List<TierSettings> known, HomeTiers remembered) {
        if (number < 2 || number > known.size()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "this home knows of "
                            + known.size()
                            + " tiers; none can be promoted as "
                            + number,
                    "with the service running, see them with: pgkeep vault tier list; or open the"
                            + " other tier in a new home with: pgkeep up --vault ADDRESS");
        }
        TierSettings chosen = known.get(number - 1);
        TierStores.OpenTier tier = stores.open(chosen);
        if (chosen.places().stream().noneMatch(this::hasVault)) {
            throw gone(Path.of(tier.store().location()));
        }
        VaultKey key = given.isPresent() ? given.get() : keyFromFile(true);
        Vault vault = Vault.open(tier.store(), key, random, clock);
        TierList list = vault.tiers();
        List<TierSettings> order = new ArrayList<>();
        for (TierSettings each : list.tiers()) {
            if (each.places().equals(chosen.places())) {
                order.addFirst(each);
            } else if (!each.places().equals(known.getFirst().places())) {
                order.add(each);
            }
        }
        if (!order.equals(list.tiers())) {
            vault.putTiers(list, order.isEmpty() ? List.of(chosen) : order);
        }
        remembered.write(order.isEmpty() ? List.of(chosen) : order);
        try {
            if (Files.isSymbolicLink(home.vault())) {
                Files.delete(home.vault());
            } else if (Home.isThere(home.vault())) {
                Files.move(home.vault(), home.vault().resolveSibling("vault.lost"));
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't put the lost vault " + home.vault() + " aside: " + e,
                    "rename it by hand, then start pgkeep",
                    e);
        }
        Optional<Path> keyFile = given.isPresent() ? Optional.empty() : Optional.of(home.keyFile());
        return opened(vault, tier, false, keyFile, false, key);
    }

    /** Notes the vault's tiers in the home, for the day on which the first one is lost. */
    public void remember(List<TierSettings> tiers) {
        new HomeTiers(home).write(tiers);
    }

    private static Failure gone(Path path) {
        return new Failure(
                Code.WRONG_PLACE,
                "there is no vault in " + path + ", though this home had one",
                "bring it back or mount what it is on; only in a new home does pgkeep make a new"
                        + " one. If it is lost and there are other tiers: pgkeep vault tier promote"
                        + " N");
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
