package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.SnapshotId;

/**
 * What says that a snapshot, or a whole archive, is deleted in one place.
 *
 * @param archive whose
 * @param snapshot the snapshot; empty for the whole archive
 * @param at when
 * @param atOnce whether its objects go without waiting for the grace period
 * @param reason why, for people
 */
public record Tombstone(
        ArchiveId archive,
        Optional<SnapshotId> snapshot,
        Instant at,
        boolean atOnce,
        String reason) {}
