package org.pgkeep.tidy.planted.sideways.vault;

import org.jspecify.annotations.NullMarked;

/** A fault: the vault that knows what PostgreSQL is. */
@NullMarked
final class KnowsPostgres {
    long of(org.pgkeep.tidy.planted.sideways.postgres.Position position) {
        return position.value();
    }
}
