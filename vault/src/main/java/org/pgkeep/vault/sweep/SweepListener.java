package org.pgkeep.vault.sweep;

/** Hears how far a sweep or a count is. What it throws ends the work, safely. */
@FunctionalInterface
public interface SweepListener {
    /** Hears nothing. */
    SweepListener SILENT = (phase, done, total) -> {};

    /**
     * So far it is.
     *
     * @param total 0 where it is not known
     */
    void at(String phase, long done, long total);
}
