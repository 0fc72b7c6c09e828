package org.pgkeep.engine.snapshot;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.engine.MapDefect;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archive.WorkLease;
import org.pgkeep.engine.capture.HeldWal;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.files.DataDirectory;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes snapshots of servers whose data directory can be read here. */
public final class Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);

    /** How long the WAL of a finished reading may take to reach the vault. */
    private static final Duration WAL_AT_MOST = Duration.ofMinutes(10);

    private final Vault vault;
    private final InstantSource clock;

    private final SnapshotInfo.Reading wish;
    private final Optional<Path> notes;
    private final long bytesPerSecond;

    /** Takes snapshots into that vault, by the log where that is good. */
    public Snapshotter(Vault vault, InstantSource clock) {
        this(vault, clock, SnapshotInfo.Reading.BY_LOG, Optional.empty(), 0);
    }

    private Snapshotter(
            Vault vault,
            InstantSource clock,
            SnapshotInfo.Reading wish,
            Optional<Path> notes,
            long bytesPerSecond) {
        this.vault = vault;
        this.clock = clock;
        this.wish = wish;
        this.notes = notes;
        this.bytesPerSecond = bytesPerSecond;
    }

    /** One that reads everything, and holds it against what the log says. */
    public Snapshotter comparing() {
        return new Snapshotter(vault, clock, SnapshotInfo.Reading.COMPARED, notes, bytesPerSecond);
    }

    /**
     * One that goes on with what a snapshot of the same server had stored when it was cut short.
     *
     * @param file where it takes its notes; each server has its own, on this machine
     */
    public Snapshotter resuming(Path file) {
        return new Snapshotter(vault, clock, wish, Optional.of(file), bytesPerSecond);
    }

    /**
     * One that reads no faster than that; any steps aside while the machine is busy with others.
     *
     * @param limit bytes a second in all; 0 for as fast as it goes
     */
    public Snapshotter notFasterThan(long limit) {
        return new Snapshotter(vault, clock, wish, notes, limit);
    }

    /**
     * Takes one snapshot. Interrupting the thread ends it without one.
     *
     * <p>What a crash leaves: before the last step, packs that nothing refers to; behind it, the
     * snapshot. The document goes last because it makes the snapshot exist: written earlier, it
     * could promise pages or WAL that never came.
     *
     * @param document what the vault knows of the server
     * @param id the snapshot's identity; if one of that id exists already, it is returned
     * @param name its name
     * @param held who brings the server's WAL into the vault
     */
    public SnapshotInfo take(
            ProtectedServer server,
            ServerDocument document,
            SnapshotId id,
            String name,
            HeldWal held,
            ProgressListener progress) {
        ServerArchive archive = new ServerArchive(vault, server.id());
        Optional<SnapshotInfo> already = archive.snapshot(id);
        if (already.isPresent()) {
            return already.get();
        }
        Instant startedAt = clock.instant();
        // what is stored and not yet referred to, and what will be referred to, is not swept
        List<SnapshotId> base = newest(archive);
        try (Unfinished unfinished = Unfinished.open(notes);
                WorkLease lease = lease(server, id, base, unfinished);
                BackupSession session = BackupSession.open(server, document)) {
            // what earlier snapshots have need not be stored again
            Map<String, TreeEntry.RegularFile> known = tree(archive, base);
            // from here on a page may change while it is read: WAL from the start repairs it
            session.start(name);
            Approach approach = approach(server, document, archive, session, base, known, held);
            // read, compare, store what is new; if that is cut short, the next try goes on with it
            if (unfinished.isKept()) {
                lease.leaveUnlessDone();
            }
            Readout read =
                    read(server, archive, id, session, approach, known, unfinished, progress);
            // behind the end the copy is consistent
            session.stop();
            // a snapshot exists only when all WAL from its start to its end is held
            awaitWal(archive, session, held);
            SnapshotInfo info = info(document, id, name, startedAt, session, read);
            // a sweep that took this for dead may have removed what was stored
            lease.confirm();
            archive.publish(info, read.files().tree());
            lease.done();
            unfinished.done();
            return info;
        }
    }

    /**
     * The lease of the snapshot that was cut short, while it lives: until then no sweep has removed
     * what that one stored. Without it, nothing of that can be relied on.
     */
    private WorkLease lease(
            ProtectedServer server, SnapshotId id, List<SnapshotId> base, Unfinished unfinished) {
        Optional<WorkLease> left =
                unfinished
                        .lease()
                        .flatMap(each ->
                                WorkLease.forSnapshotAfter(vault, clock, server.id(), each, base));
        if (left.isPresent()) {
            LOG.info(
                    "going on with {} MB of server {} that an earlier try gave to packs",
                    unfinished.notedBytes() / 1_000_000,
                    server.id());
            return left.get();
        }
        unfinished.begin(id.value());
        return WorkLease.forSnapshot(vault, clock, server.id(), id, base);
    }

    /**
     * What came of reading.
     *
     * @param reading how it was read in the end
     */
    private record Readout(SnapshotInfo.Reading reading, FileReaders.Outcome files) {}

    private Approach approach(
            ProtectedServer server,
            ServerDocument document,
            ServerArchive archive,
            BackupSession session,
            List<SnapshotId> base,
            Map<String, TreeEntry.RegularFile> known,
            HeldWal held) {
        ControlFile cluster = ControlFile.read(server.dataDirectory().resolve("global/pg_control"));
        Optional<SnapshotInfo> since = base.stream().findFirst().flatMap(archive::snapshot);
        return new ApproachChoice(archive, document, clock, vault.reader())
                .choose(since, known, session, cluster, held, wish);
    }

    /**
     * Reads the data directory. Where the log left out a page that had changed, its word is not
     * taken for anything else either: everything is read.
     */
    private Readout read(
            ProtectedServer server,
            ServerArchive archive,
            SnapshotId id,
            BackupSession session,
            Approach approach,
            Map<String, TreeEntry.RegularFile> known,
            Unfinished unfinished,
            ProgressListener progress) {
        FileReaders.Outcome files =
                readFiles(server, session, approach, known, unfinished, progress);
        List<PageWatch.Found> found = approach.watch().found();
        if (found.isEmpty()) {
            return new Readout(approach.reading(), files);
        }
        report(archive, id, session, approach, found);
        if (approach.reading() == SnapshotInfo.Reading.BY_LOG) {
            files = readFiles(server, session, Approach.WHOLE, known, unfinished, progress);
        }
        return new Readout(SnapshotInfo.Reading.WHOLE, files);
    }

    private FileReaders.Outcome readFiles(
            ProtectedServer server,
            BackupSession session,
            Approach approach,
            Map<String, TreeEntry.RegularFile> known,
            Unfinished unfinished,
            ProgressListener progress) {
        List<DataFile> files = DataDirectory.list(server.dataDirectory());
        return new FileReaders(
                        vault,
                        server.dataDirectory(),
                        session.startLsn(),
                        approach,
                        unfinished,
                        Pace.ofMachine(bytesPerSecond),
                        progress)
                .read(files, known);
    }

    private void report(
            ServerArchive archive,
            SnapshotId id,
            BackupSession session,
            Approach approach,
            List<PageWatch.Found> found) {
        List<MapDefect> defects =
                found.stream()
                        .map(page ->
                                new MapDefect(
                                        clock.instant(),
                                        id,
                                        page.file(),
                                        page.block(),
                                        page.pageLsn(),
                                        approach.from(),
                                        session.startLsn(),
                                        page.what()))
                        .toList();
        LOG.error(
                "the log of server {} did not name all that changed: {}{}; everything is read until"
                        + " a comparison finds nothing. Please report it",
                archive.server(),
                defects.getFirst(),
                defects.size() > 1 ? " and " + (defects.size() - 1) + " more" : "");
        archive.addMapDefects(defects);
    }

    private static List<SnapshotId> newest(ServerArchive archive) {
        List<SnapshotInfo> snapshots = archive.snapshots();
        return snapshots.isEmpty() ? List.of() : List.of(snapshots.getLast().id());
    }

    /** The files of the base; none where it was deleted before the lease was there. */
    private static Map<String, TreeEntry.RegularFile> tree(
            ServerArchive archive, List<SnapshotId> base) {
        Map<String, TreeEntry.RegularFile> known = new HashMap<>();
        for (SnapshotId id : base) {
            if (archive.objects().snapshot(id).isPresent()) {
                for (TreeEntry entry : readableTree(archive, id)) {
                    if (entry instanceof TreeEntry.RegularFile file) {
                        known.put(file.path(), file);
                    }
                }
            }
        }
        return known;
    }

    /** A damaged tree only means that everything is stored anew. */
    private static List<TreeEntry> readableTree(ServerArchive archive, SnapshotId id) {
        try {
            return archive.tree(id);
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            LOG.warn("storing everything anew: {}", failure.message());
            return List.of();
        }
    }

    private static void awaitWal(ServerArchive archive, BackupSession session, HeldWal held) {
        Lsn stop = session.stopLsn();
        if (!held.awaitHeld(stop, WAL_AT_MOST)) {
            throw new Failure(
                    Code.INTERRUPTED,
                    "the WAL up to " + stop + ", where the backup ends, did not reach the vault",
                    "look at the capture of this server with: pgkeep server show");
        }
        TimelineHistory history =
                archive.history(session.timeline())
                        .orElseThrow(() ->
                                new Failure(
                                        Code.MISSING_OBJECT,
                                        "the history of timeline "
                                                + session.timeline()
                                                + " is not in the vault",
                                        "take the backup again; report it if this stays"));
        Lsn reached = new WalArchive(archive.objects()).reach(history, session.startLsn());
        if (reached.isBefore(stop)) {
            throw new Failure(
                    Code.WAL_HOLE,
                    "the WAL of the backup is not whole: from "
                            + session.startLsn()
                            + " it is held to "
                            + reached
                            + ", needed is "
                            + stop,
                    "take the backup again");
        }
    }

    private SnapshotInfo info(
            ServerDocument document,
            SnapshotId id,
            String name,
            Instant startedAt,
            BackupSession session,
            Readout readout) {
        FileReaders.Outcome read = readout.files();
        Instant finishedAt = clock.instant();
        return new SnapshotInfo(
                id,
                document.id(),
                name,
                startedAt,
                finishedAt,
                session.stoppedAt(),
                session.timeline(),
                session.startLsn(),
                session.stopLsn(),
                session.version(),
                document.walSegmentBytes(),
                readout.reading(),
                new SnapshotInfo.Figures(
                        read.sizeBytes(),
                        read.readBytes(),
                        read.changedBytes(),
                        read.storedBytes(),
                        read.files(),
                        Duration.between(startedAt, finishedAt)),
                read.damagedPages(),
                session.backupLabel(),
                session.tablespaceMap(),
                needs(read.control()));
    }

    private static RecoveryNeeds needs(ControlFile control) {
        ControlFile.Settings settings = control.settings();
        return new RecoveryNeeds(
                settings.maxConnections(),
                settings.maxWorkerProcesses(),
                settings.maxWalSenders(),
                settings.maxPreparedTransactions(),
                settings.maxLocksPerTransaction());
    }
}
