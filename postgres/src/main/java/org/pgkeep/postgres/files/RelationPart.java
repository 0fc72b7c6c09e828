package org.pgkeep.postgres.files;

import org.pgkeep.postgres.RelationFile;

/**
 * Which piece of a relation a file is: {@code <relfilenode>[_<fork>][.<segment>]}.
 *
 * @param relation the relation; in {@code base} its tablespace is 1663, in {@code global} 1664
 * @param fork which of its forks
 * @param segment 0 for the first; each but the last is full (normally 1 GiB)
 */
public record RelationPart(RelationFile relation, Fork fork, int segment) {
    /** A relation's forks (relpath.h), in the order of their numbers in WAL. */
    public enum Fork {
        /** The rows or index entries. */
        MAIN,
        /** Free space map, {@code _fsm}. */
        FREE_SPACE_MAP,
        /** Visibility map, {@code _vm}. */
        VISIBILITY_MAP,
        /** What an unlogged relation is reset to, {@code _init}. */
        INIT
    }

    /**
     * The number of the file's first block within the fork, as {@link PageChecksum} needs it.
     *
     * @param segmentBlocks {@link ControlFile#relationSegmentBlocks()}, normally 131072
     */
    public long firstBlock(int segmentBlocks) {
        return (long) segment * segmentBlocks;
    }
}
