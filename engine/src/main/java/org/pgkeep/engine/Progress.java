package org.pgkeep.engine;

/**
 * How far a long work is.
 *
 * @param phase what is being done, such as {@code reading the data directory}
 * @param doneBytes how many bytes of the phase are done
 * @param totalBytes how many bytes the phase has in all; 0 where that is not known
 */
public record Progress(String phase, long doneBytes, long totalBytes) {}
