package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.KeyInfo;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;

/**
 * The key that opens the vault in this home, and the recovery kit that tells of it. One change at a
 * time; the key in use changes under this object's lock and is read without it.
 */
public final class HomeKeys {
    private final Home home;
    private final Vault vault;
    private final Path path;
    private final SecureRandom random;
    private volatile VaultKey key;

    /**
     * The keys of a home whose vault is open.
     *
     * @param path where the vault is, for people
     * @param key what opened it
     */
    public HomeKeys(Home home, Vault vault, Path path, VaultKey key, SecureRandom random) {
        this.home = home;
        this.vault = vault;
        this.path = path;
        this.key = key;
        this.random = random;
    }

    /** What opens the vault now. */
    VaultKey key() {
        return key;
    }

    /** The recovery kit as it is now; it holds the key. */
    public String kit() {
        return RecoveryKit.text(vault, path, key);
    }

    /** Writes the recovery kit of the home anew. */
    public Path writeKit() {
        DurableFile.write(home.recoveryKit(), kit());
        return home.recoveryKit();
    }

    /**
     * Gives the home a new key file, and lets the old one go; no data is touched.
     *
     * <p>The steps, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>the new key is written beside the old one: a file that opens nothing, which the next
     *       attempt takes up;
     *   <li>the vault is locked with it too: both open it;
     *   <li>it takes the place of the old one: the same;
     *   <li>the recovery kit is written: the same;
     *   <li>the envelope of the old one is removed.
     * </ol>
     *
     * At every instant the key in the home opens the vault, and so does the kit beside it.
     *
     * @throws Failure WRONG_STATE if no key file opens the vault here
     */
    public synchronized void replaceKeyFile() {
        if (!(key instanceof VaultKey.KeyFile)) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the vault is opened here with "
                            + (key instanceof VaultKey.Passphrase
                                    ? "a passphrase"
                                    : "a key of a key service")
                            + ", not with a key file",
                    "add the new one with `pgkeep vault key add`, start the service with it, and"
                            + " remove the old one with `pgkeep vault key remove`");
        }
        Path fresh = home.keyFile().resolveSibling("vault.key.next");
        VaultKey.KeyFile next =
                halfReplaced(fresh).orElseGet(() -> VaultKey.KeyFile.random(random));
        DurableFile.write(fresh, HexFormat.of().formatHex(next.secret()) + "\n");
        List<UUID> old =
                vault.keys().list().stream().filter(KeyInfo::own).map(KeyInfo::id).toList();
        if (!vault.keys().opens(next)) {
            vault.keys().add(next, "");
        }
        DurableFile.move(fresh, home.keyFile());
        vault.keys().use(next);
        key = next;
        writeKit();
        old.forEach(vault.keys()::remove);
    }

    /** What an attempt that was cut off has written. */
    private static Optional<VaultKey.KeyFile> halfReplaced(Path fresh) {
        try {
            return Files.exists(fresh)
                    ? Optional.of(
                            new VaultKey.KeyFile(
                                    HexFormat.of().parseHex(Files.readString(fresh).strip())))
                    : Optional.empty();
        } catch (IOException | IllegalArgumentException unusable) {
            return Optional.empty();
        }
    }
}
