package org.pgkeep.tidy.planted.adapters.service.home;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.adapters.vault.store.Shelf;

/** No fault: it opens stores for all others. */
@NullMarked
final class VaultDoor {
    Shelf open() {
        return new Shelf();
    }
}
