package org.pgkeep.postgres.change;

import java.util.BitSet;

/** What a stretch of the log says of one file of a relation. */
public sealed interface FileChanges {
    /** Whether a block has to be read again. It counts from the file's first. */
    boolean mayDiffer(int block);

    /**
     * The log has no word for this file, or not for all of it: read it all.
     *
     * @param why a clause: what the log can't vouch for
     */
    record Everything(String why) implements FileChanges {
        @Override
        public boolean mayDiffer(int block) {
            return true;
        }
    }

    /**
     * Only these blocks were changed. It says nothing of blocks behind the end that the file had
     * when the stretch began: those have to be read whatever it says, for pages that are added
     * empty are not logged.
     *
     * @param changed by number in the file
     * @param everythingFrom the file was cut to so many blocks: those behind have to be read all
     */
    record Blocks(BitSet changed, int everythingFrom) implements FileChanges {
        @Override
        public boolean mayDiffer(int block) {
            return block >= everythingFrom || changed.get(block);
        }
    }
}
