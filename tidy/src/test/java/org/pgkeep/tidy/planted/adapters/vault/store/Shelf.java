package org.pgkeep.tidy.planted.adapters.vault.store;

import org.jspecify.annotations.NullMarked;

/** An adapter. */
@NullMarked
public final class Shelf {}
