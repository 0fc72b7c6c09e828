package org.pgkeep.engine.index;

import java.util.List;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.postgres.wal.WalEvent;

/**
 * What is known of a range of WAL.
 *
 * @param summary what is known at once
 * @param events every record that means anything to a restore, in order
 * @param changed the blocks that it changed
 */
public record WalIndex(IndexSummary summary, List<WalEvent> events, ChangedBlocks changed) {
    public WalIndex {
        events = List.copyOf(events);
    }
}
