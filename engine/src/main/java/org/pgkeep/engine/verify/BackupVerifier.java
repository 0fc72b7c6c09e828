package org.pgkeep.engine.verify;

import java.time.InstantSource;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.WorkLease;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/**
 * Reads a backup back: every map, every chunk of every file, and all WAL from its start to its end.
 * Opening a chunk proves that its bytes are those that were sealed; nothing is written anywhere.
 */
public final class BackupVerifier {
    private static final String PHASE = "reading the backup back";

    private final Vault vault;
    private final InstantSource clock;

    /** Verifies what is in that vault. */
    public BackupVerifier(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * What was read.
     *
     * @param backup its name
     * @param files the files of it
     * @param dataBytes the bytes of them that are stored; zeros are not
     * @param walBytes the WAL from its start to its end
     * @param pagesDamagedAtTheSource pages whose checksum had failed on the server already
     */
    public record Verified(
            String backup, int files, long dataBytes, long walBytes, int pagesDamagedAtTheSource) {}

    /**
     * Verifies.
     *
     * @throws Failure UNKNOWN_BACKUP; DAMAGED_OBJECT, MISSING_OBJECT or WAL_HOLE naming what is
     *     broken
     */
    public Verified verify(ServerId server, SnapshotId id, ProgressListener progress) {
        ServerArchive archive = new ServerArchive(vault, server);
        try (WorkLease _ = WorkLease.forReading(vault, clock, server, id)) {
            SnapshotInfo info =
                    archive.snapshot(id)
                            .orElseThrow(() ->
                                    new Failure(
                                            Code.UNKNOWN_BACKUP,
                                            "there is no backup " + id,
                                            "list them with: pgkeep backup list"));
            int files = 0;
            long bytes = 0;
            long passed = 0;
            for (TreeEntry entry : archive.tree(id)) {
                if (entry instanceof TreeEntry.RegularFile file) {
                    progress.report(new Progress(PHASE, passed, info.figures().sizeBytes()));
                    bytes += read(file);
                    passed += file.bytes();
                    files++;
                }
            }
            return new Verified(
                    info.name(), files, bytes, readWal(archive, info), info.damagedPages().size());
        }
    }

    private long read(TreeEntry.RegularFile file) {
        long bytes = 0;
        for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
            long end = extent.firstBlock() * FileMap.BLOCK_BYTES + extent.slice().length();
            if (end > file.bytes()) {
                throw new Failure(
                        Code.DAMAGED_OBJECT,
                        "the map of " + file.path() + " leads behind the file's end",
                        "it opened with the right key, so a defect wrote it: please report it");
            }
            bytes += vault.reader().read(extent.slice()).length;
        }
        return bytes;
    }

    private static long readWal(ServerArchive archive, SnapshotInfo info) {
        TimelineHistory history =
                archive.history(info.timeline())
                        .orElseThrow(() ->
                                new Failure(
                                        Code.MISSING_OBJECT,
                                        "the history of timeline "
                                                + info.timeline()
                                                + " is not in the vault",
                                        "restore from another copy of the vault"));
        WalArchive held = new WalArchive(archive.objects());
        Lsn reach = held.reach(history, info.startLsn());
        if (reach.isBefore(info.stopLsn())) {
            throw new Failure(
                    Code.WAL_HOLE,
                    "the WAL of backup "
                            + info.name()
                            + " is held to "
                            + reach
                            + ", needed is "
                            + info.stopLsn(),
                    "this backup can't be restored: take a new one with: pgkeep backup take");
        }
        held.read(history, info.startLsn(), info.stopLsn(), (at, wal, offset, length) -> true);
        return info.stopLsn().minus(info.startLsn());
    }
}
