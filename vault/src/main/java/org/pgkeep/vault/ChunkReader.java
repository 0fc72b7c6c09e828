package org.pgkeep.vault;

/** Opens slices of packs. All methods may be called from any thread. */
public interface ChunkReader {
    /**
     * The clear bytes of a slice, in a new array.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT or MISSING_OBJECT, naming the pack
     */
    byte[] read(Slice slice);
}
