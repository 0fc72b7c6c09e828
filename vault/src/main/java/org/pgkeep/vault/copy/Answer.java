package org.pgkeep.vault.copy;

import org.pgkeep.failure.Failure;

/**
 * What a location said to a question.
 *
 * @param <T> what it was asked for
 */
sealed interface Answer<T> {
    /** Whom it is from. */
    Location location();

    /** It did what it was asked. */
    record Done<T>(Location location, T value) implements Answer<T> {}

    /** It could not: whether it was done is not known, but nothing is under way any more. */
    record Failed<T>(Location location, Failure failure) implements Answer<T> {}

    /** It has not answered yet, and may still do it. */
    record Pending<T>(Location location, Failure failure) implements Answer<T> {}
}
