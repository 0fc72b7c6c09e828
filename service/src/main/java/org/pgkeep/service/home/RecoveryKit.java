package org.pgkeep.service.home;

import java.nio.file.Path;
import java.util.HexFormat;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;

/**
 * The page that brings everything back on another machine: which vault, with which key, and what to
 * do. It holds what opens the vault, unless that is in a head or in a key service.
 */
public final class RecoveryKit {
    private RecoveryKit() {}

    /** The page. */
    public static String text(Vault vault, Path path, VaultKey key) {
        return """
        pgkeep recovery kit

        Keep this page in a safe place away from this machine: together with a copy of the
        vault it brings everything back, and whoever has both can read your data. Without
        it, a lost machine means lost backups, even if the vault survived.

        Vault id:   VAULT-ID
        Vault:      VAULT-PATH
        Made:       MADE-AT
        Key:        SECRET
        Generation: GENERATION

        To get your data back on another machine:
        1. Install pgkeep and a PostgreSQL of the servers' major version.
        2. Make an empty folder and copy the vault into it, under the name: vault
        USE
        4. Start pgkeep there:   pgkeep up --detach --home FOLDER
        5. See what it holds:    pgkeep server list --home FOLDER
        6. Bring a server back:  pgkeep server restore -n NEW -f ID --latest --home FOLDER
        """
                .replace("VAULT-ID", vault.id().toString())
                .replace("VAULT-PATH", path.toString())
                .replace("MADE-AT", vault.createdAt().toString())
                .replace("SECRET", secret(key))
                .replace("GENERATION", Integer.toString(vault.keys().generation()))
                .replace("USE", use(key));
    }

    private static String secret(VaultKey key) {
        return switch (key) {
            case VaultKey.KeyFile file -> HexFormat.of().formatHex(file.secret());
            case VaultKey.Passphrase _ -> "the passphrase you chose. It is written nowhere.";
            case VaultKey.InService in -> "kept by " + in.service().address();
        };
    }

    private static String use(VaultKey key) {
        return switch (key) {
            case VaultKey.KeyFile _ ->
                    "3. Write the key above into the file vault.key in that folder, and make the"
                            + " file\n   readable for you alone (chmod 600).";
            case VaultKey.Passphrase _ ->
                    "3. Set the variable PGKEEP_PASSPHRASE to your passphrase.";
            case VaultKey.InService _ ->
                    "3. Make the key service reachable, and put the key's address into the variable"
                            + "\n   PGKEEP_KEY_SERVICE. Lock the vault with a key file or passphrase too"
                            + " (pgkeep vault key add):\n   if the service loses the key, this page"
                            + " is worth nothing.";
        };
    }
}
