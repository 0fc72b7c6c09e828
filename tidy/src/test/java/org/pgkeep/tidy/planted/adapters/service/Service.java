package org.pgkeep.tidy.planted.adapters.service;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.adapters.vault.store.Shelf;

/** No fault: it opens stores for all others. */
@NullMarked
final class Service {
    Shelf open() {
        return new Shelf();
    }
}
