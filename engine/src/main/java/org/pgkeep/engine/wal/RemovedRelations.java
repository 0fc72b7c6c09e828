package org.pgkeep.engine.wal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgkeep.engine.Moment;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.SnapshotCatalog;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;

/**
 * What the relations were that moments removed: the log knows their files, the newest snapshot
 * before knows their names and sizes. Owned by one thread.
 */
public final class RemovedRelations {
    private final Vault vault;
    private final ServerArchive archive;
    private final List<SnapshotInfo> snapshots;
    private final Map<SnapshotId, SnapshotCatalog> catalogs = new HashMap<>();

    /**
     * Something that was removed.
     *
     * @param file where it stood
     * @param name {@code database.schema.name} of a relation, the name of a database
     * @param bytes how much there was of it when the snapshot was taken
     */
    public record Removed(RelationFile file, Optional<String> name, OptionalLong bytes) {}

    /** Asks a server's snapshots. */
    public RemovedRelations(Vault vault, ServerArchive archive) {
        this.vault = vault;
        this.archive = archive;
        this.snapshots = archive.snapshots();
    }

    /** What a moment removed. */
    public List<Removed> of(Moment moment) {
        Optional<SnapshotCatalog> catalog =
                moment.files().isEmpty()
                        ? Optional.empty()
                        : snapshots.stream()
                                .filter(each -> each.startLsn().isBefore(moment.lsn()))
                                .reduce((_, newer) -> newer)
                                .map(this::catalog);
        return moment.files().stream()
                .map(file ->
                        new Removed(
                                file,
                                catalog.flatMap(known -> known.name(file)),
                                catalog.map(known -> known.bytes(file))
                                        .orElse(OptionalLong.empty())))
                .toList();
    }

    private SnapshotCatalog catalog(SnapshotInfo snapshot) {
        return catalogs.computeIfAbsent(
                snapshot.id(), _ -> new SnapshotCatalog(vault, archive, snapshot));
    }
}
