package org.pgkeep.vault;

/**
 * What a pack writer stored.
 *
 * @param clearBytes bytes that were appended
 * @param storedBytes bytes of the packs they became
 * @param packs number of packs
 */
public record PackFigures(long clearBytes, long storedBytes, int packs) {
    /** The sum of two writers' figures. */
    public PackFigures plus(PackFigures other) {
        return new PackFigures(
                clearBytes + other.clearBytes,
                storedBytes + other.storedBytes,
                packs + other.packs);
    }
}
