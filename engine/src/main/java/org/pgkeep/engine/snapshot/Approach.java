package org.pgkeep.engine.snapshot;

import org.pgkeep.engine.SnapshotInfo.Reading;
import org.pgkeep.postgres.Lsn;

/**
 * How a snapshot reads the data directory.
 *
 * @param reading what it can call itself afterwards, if the watch finds nothing
 * @param word which blocks the log names
 * @param watch what is held against the word
 * @param from where the stretch of log begins of which the word is
 */
record Approach(Reading reading, ChangedBlocks word, PageWatch watch, Lsn from) {
    /** Everything is read, and nothing is known of it. */
    static final Approach WHOLE =
            new Approach(Reading.WHOLE, ChangedBlocks.NO_WORD, PageWatch.NONE, Lsn.ZERO);
}
