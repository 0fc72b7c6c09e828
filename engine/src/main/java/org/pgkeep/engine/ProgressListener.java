package org.pgkeep.engine;

/** Hears of the progress of a long work, from any of its threads; must return at once. */
@FunctionalInterface
public interface ProgressListener {
    /** A listener that does not care. */
    ProgressListener NONE = progress -> {};

    /** The work got this far. */
    void report(Progress progress);
}
