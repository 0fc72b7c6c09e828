package org.pgkeep.tidy.planted.adapters.service.rest;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.adapters.vault.store.Shelf;

/** A fault: a store that was not handed in. */
@NullMarked
final class MakesItsOwn {
    Shelf open() {
        return new Shelf();
    }
}
