package org.pgkeep.service.home;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.tier.TierSettings;

/**
 * The page that brings everything back on another machine: which vault, with which key, and what to
 * do. It holds what opens the vault, unless that is in a head or in a key service.
 */
public final class RecoveryKit {
    private RecoveryKit() {}

    /** The page. */
    public static String text(Vault vault, Path path, VaultKey key) {
        List<TierSettings> tiers = vault.tiers().tiers();
        return """
        pgkeep recovery kit

        Keep this page in a safe place away from this machine: together with a copy of the
        vault it brings everything back, and whoever has both can read your data. Without
        it, a lost machine means lost backups, even if the vault survived.

        Vault id:   VAULT-ID
        PLACES
        Made:       MADE-AT
        Key:        SECRET
        Generation: GENERATION

        To get your data back on another machine:
        1. Install pgkeep and a PostgreSQL of the servers' major version.
        FOLDER-STEP
        USE
        START
        5. See what it holds:    pgkeep server list --home FOLDER
        6. Bring a server back:  pgkeep server restore -n NEW -f ID --latest --home FOLDER
        """
                .replace("VAULT-ID", vault.id().toString())
                .replace("PLACES", places(tiers, path))
                .replace("FOLDER-STEP", folder(tiers))
                .replace("START", start(tiers))
                .replace("MADE-AT", vault.createdAt().toString())
                .replace("SECRET", secret(key))
                .replace("GENERATION", Integer.toString(vault.keys().generation()))
                .replace("USE", use(key));
    }

    private static String places(List<TierSettings> tiers, Path path) {
        if (tiers.isEmpty()) {
            return "Vault:      " + path;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tiers.size(); i++) {
            List<String> places = tiers.get(i).places();
            text.append(
                    i == 0
                            ? "Vault:      "
                            : "\n" + ("Tier " + (i + 1) + ":      ").substring(0, 12));
            text.append(String.join("\n            ", places));
            if (places.size() > 1) {
                text.append("\n            Any one of these places is enough.");
            }
        }
        return text.toString();
    }

    /** Whether it is a folder that can be carried to another machine. */
    private static boolean isOneFolder(List<TierSettings> tiers) {
        return tiers.isEmpty()
                || (tiers.getFirst().places().size() == 1
                        && PlaceAddress.parse(tiers.getFirst().places().getFirst()).kind()
                                == PlaceAddress.Kind.FILE);
    }

    private static String folder(List<TierSettings> tiers) {
        return isOneFolder(tiers)
                ? "2. Make an empty folder and copy the vault into it, under the name: vault"
                : "2. Make an empty folder; the vault stays where it is. For an object store, give"
                        + " this\n   machine the credentials, as docs/places.md says.";
    }

    private static String start(List<TierSettings> tiers) {
        if (isOneFolder(tiers)) {
            return "4. Start pgkeep there:   pgkeep up --detach --home FOLDER";
        }
        String place = "'" + tiers.getFirst().places().getFirst() + "'";
        String alone =
                tiers.getFirst().places().size() == 1
                        ? ""
                        : "\n   If only one place is left, name that one, and say: --redundancy"
                                + " local";
        return "4. Start pgkeep there:   pgkeep vault open --home FOLDER --vault " + place + alone;
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
