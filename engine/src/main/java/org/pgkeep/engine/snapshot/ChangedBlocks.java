package org.pgkeep.engine.snapshot;

import java.util.Optional;
import org.pgkeep.postgres.files.DataFile;

/**
 * What is known, without reading, about which blocks changed since the newest snapshot began.
 *
 * <p>The word is taken on trust: a block it leaves out is not read, and the newest snapshot's
 * stands for it. So it may only ever name too many blocks, and must have no word where it can't be
 * sure.
 */
@FunctionalInterface
public interface ChangedBlocks {
    /** Knows nothing: every file is read and compared. */
    ChangedBlocks NO_WORD = file -> Optional.empty();

    /** The blocks of a file that may have changed; empty if there is no word about it. */
    Optional<Blocks> of(DataFile.RegularFile file);

    /** Blocks of one file. */
    @FunctionalInterface
    interface Blocks {
        /**
         * Whether the block may have changed.
         *
         * @param block its number within the file, from 0
         */
        boolean mayHaveChanged(long block);
    }
}
