package org.pgkeep.tidy.planted.library.service;

import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullMarked;

/** A fault: a library that nobody decided on. */
@NullMarked
final class Unknown {
    void check(boolean good) {
        Assertions.assertThat(good).isTrue();
    }
}
