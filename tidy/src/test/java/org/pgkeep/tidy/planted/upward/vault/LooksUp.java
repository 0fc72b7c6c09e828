package org.pgkeep.tidy.planted.upward.vault;

import org.jspecify.annotations.NullMarked;

/** A fault: a lower room that knows a higher one. */
@NullMarked
final class LooksUp {
    void ask(org.pgkeep.tidy.planted.upward.engine.Worker worker) {
        worker.work();
    }
}
