package org.pgkeep.vault;

import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ObjectKind;

/** Tells whether bytes are the object of a name, whatever kind of object it is. */
record ObjectCheck(SealedStore sealed, VaultId vault) {
    Optional<Boolean> isWhole(ObjectName name, byte[] bytes) {
        String text = name.text();
        if (text.startsWith(Names.VAULT_PREFIX)) {
            return isSealedByUs(() -> {
                VaultDocument.Unverified read = VaultDocument.parse(name, bytes);
                read.verify(sealed.safe().ringFor(read.document().generation()));
            });
        }
        if (text.startsWith(Names.TIERS_PREFIX)) {
            return isSealedByUs(() -> {
                TiersDocument.Unverified read = TiersDocument.parse(name, bytes);
                read.verify(sealed.safe().ringFor(read.generation()));
            });
        }
        if (text.startsWith(Names.KEYS_PREFIX)) {
            return isSealedByUs(() -> KeyEnvelope.decode(name, bytes));
        }
        return kind(text).map(kind -> sealed.opens(kind, name, bytes));
    }

    private static Optional<ObjectKind> kind(String name) {
        if (name.startsWith(Names.PACKS_PREFIX)) {
            return Optional.of(ObjectKind.PACK);
        }
        if (name.startsWith(Names.TOMBSTONES_PREFIX)
                || name.startsWith(Names.LEASES_PREFIX)
                || name.startsWith(Names.SWEEPS_PREFIX)) {
            return Optional.of(ObjectKind.DOCUMENT);
        }
        String[] parts = name.split("/", -1);
        if (parts.length < 4 || !name.startsWith(Names.ARCHIVES_PREFIX)) {
            return Optional.empty();
        }
        return switch (parts[2]) {
            case "snapshots" -> Optional.of(ObjectKind.SNAPSHOT);
            case "log" -> Optional.of(ObjectKind.LOG);
            case "documents", "pins" -> Optional.of(ObjectKind.DOCUMENT);
            case "index" -> Optional.of(ObjectKind.INDEX);
            default -> Optional.empty();
        };
    }

    /** Empty where the keys that would tell are not at hand. */
    private static Optional<Boolean> isSealedByUs(Runnable check) {
        try {
            check.run();
            return Optional.of(true);
        } catch (Failure failure) {
            if (failure.code() == Code.WRONG_KEY) {
                return Optional.empty();
            }
            if (SealedStore.isDamage(failure)) {
                return Optional.of(false);
            }
            throw failure;
        }
    }
}
