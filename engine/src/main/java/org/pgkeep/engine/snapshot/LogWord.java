package org.pgkeep.engine.snapshot;

import java.util.Optional;
import java.util.Set;
import org.pgkeep.postgres.change.FileChanges;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.postgres.files.RelationPart;

/**
 * What the log says of a stretch that begins where the newest snapshot began and ends where this
 * one begins. It speaks of main and init forks of relations only.
 */
final class LogWord implements ChangedBlocks {
    private final org.pgkeep.postgres.change.ChangedBlocks changes;
    private final int segmentBlocks;
    private final Set<String> damaged;

    /**
     * A word.
     *
     * @param segmentBlocks how many blocks a full file of a relation has
     * @param damaged files that the newest snapshot could not read whole: they are read again
     */
    LogWord(
            org.pgkeep.postgres.change.ChangedBlocks changes,
            int segmentBlocks,
            Set<String> damaged) {
        this.changes = changes;
        this.segmentBlocks = segmentBlocks;
        this.damaged = Set.copyOf(damaged);
    }

    @Override
    public Optional<Blocks> of(DataFile.RegularFile file) {
        Optional<RelationPart> part = file.relation();
        if (part.isEmpty() || damaged.contains(file.path())) {
            return Optional.empty();
        }
        return switch (changes.of(part.get(), segmentBlocks)) {
            case FileChanges.Everything _ -> Optional.empty();
            case FileChanges.Blocks blocks ->
                    Optional.of(
                            block -> block > Integer.MAX_VALUE || blocks.mayDiffer((int) block));
        };
    }
}
