package org.pgkeep.tidy.planted.sideways.postgres;

import org.jspecify.annotations.NullMarked;

/** A noun of the other room on the same floor. */
@NullMarked
public record Position(long value) {}
