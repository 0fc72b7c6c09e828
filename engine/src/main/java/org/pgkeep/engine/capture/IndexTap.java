package org.pgkeep.engine.capture;

import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalIndexer;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Vault;

/**
 * Makes the index of the WAL that passes, and now and then of some that passed without one.
 *
 * @param indexer of the same server
 */
record IndexTap(WalIndexer indexer) implements WalTap {
    /** Makes the index of one server's WAL in that vault. */
    static IndexTap of(Vault vault, ServerDocument server) {
        return new IndexTap(
                new WalIndexer(
                        new ServerArchive(vault, server.id()),
                        server.walSegmentBytes(),
                        server.version().major()));
    }

    @Override
    public void passed(TimelineId timeline, Lsn at, byte[] bytes, int offset, int length) {
        indexer.passed(timeline, at, bytes, offset, length);
    }

    @Override
    public void idle() {
        indexer.catchUp(1);
    }
}
