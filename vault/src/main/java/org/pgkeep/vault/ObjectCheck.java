package org.pgkeep.vault;

import java.util.Optional;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ObjectKind;

/** Tells whether bytes are the object of a name, whatever kind of object it is. */
record ObjectCheck(SealedStore sealed, VaultId vault) {
    Optional<Boolean> isWhole(ObjectName name, byte[] bytes) {
        String text = name.text();
        if (text.startsWith(Names.VAULT_PREFIX)) {
            return Optional.of(
                    succeeds(() -> VaultDocument.parse(name, bytes).verify(sealed.keys())));
        }
        if (text.startsWith(Names.TIERS_PREFIX)) {
            return Optional.of(
                    succeeds(() -> TiersDocument.parse(name, bytes).verify(sealed.keys())));
        }
        if (text.startsWith(Names.KEYS_PREFIX)) {
            return Optional.of(succeeds(() -> KeyEnvelope.decode(name, bytes)));
        }
        return kind(text).map(kind -> sealed.opens(kind, name, bytes));
    }

    private static Optional<ObjectKind> kind(String name) {
        if (name.startsWith(Names.PACKS_PREFIX)) {
            return Optional.of(ObjectKind.PACK);
        }
        String[] parts = name.split("/", -1);
        if (parts.length < 4 || !name.startsWith(Names.ARCHIVES_PREFIX)) {
            return Optional.empty();
        }
        return switch (parts[2]) {
            case "snapshots" -> Optional.of(ObjectKind.SNAPSHOT);
            case "log" -> Optional.of(ObjectKind.LOG);
            case "documents" -> Optional.of(ObjectKind.DOCUMENT);
            case "index" -> Optional.of(ObjectKind.INDEX);
            default -> Optional.empty();
        };
    }

    private static boolean succeeds(Runnable check) {
        try {
            check.run();
            return true;
        } catch (Failure damaged) {
            return false;
        }
    }
}
