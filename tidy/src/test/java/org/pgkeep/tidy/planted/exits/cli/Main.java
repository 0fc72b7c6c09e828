package org.pgkeep.tidy.planted.exits.cli;

import org.jspecify.annotations.NullMarked;

/** No fault: the start is also the end. */
@NullMarked
final class Main {
    void end() {
        System.exit(0);
    }
}
