package org.pgkeep.tidy.planted.exits.service;

import org.jspecify.annotations.NullMarked;

/** A fault: it ends the process of whoever called it. */
@NullMarked
final class EndsItAll {
    void end() {
        System.exit(1);
    }
}
