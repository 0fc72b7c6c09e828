package org.pgkeep.engine.snapshot;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.MapDefect;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.SnapshotInfo.Reading;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.HeldWal;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.wal.IndexedWal;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.TreeEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides how a snapshot reads: by the log where all of it is held, where it can vouch for
 * everything since the newest snapshot began, and where it was not caught in an error since it was
 * last compared with the files. Whatever stands against that means that everything is read.
 */
final class ApproachChoice {
    private static final Logger LOG = LoggerFactory.getLogger(ApproachChoice.class);

    /** Everything is read and compared after so long, whatever the log says. */
    private static final Duration COMPARE_EVERY = Duration.ofDays(7);

    /** And after so many snapshots that went by the log. */
    private static final int COMPARE_AFTER = 32;

    /**
     * Of so many regions one is read and looked at in each snapshot that goes by the log, drawn
     * anew each time: 1.6 % more to read.
     */
    private static final int LOOK_AT_ONE_IN = 64;

    /** Spreads neighbouring numbers (2 to the 64th by the golden ratio). */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    /** The WAL up to a backup's start reaches the vault while the backup would read files. */
    private static final Duration WAL_AT_MOST = Duration.ofMinutes(1);

    private final ServerArchive archive;
    private final ServerDocument document;
    private final InstantSource clock;
    private final ChunkReader chunks;

    ApproachChoice(
            ServerArchive archive,
            ServerDocument document,
            InstantSource clock,
            ChunkReader chunks) {
        this.archive = archive;
        this.document = document;
        this.clock = clock;
        this.chunks = chunks;
    }

    /** A reason to read everything. */
    private static final class NoWord extends Exception {
        private static final long serialVersionUID = 1;

        NoWord(String why) {
            super(why);
        }
    }

    /**
     * Decides.
     *
     * @param base the newest snapshot
     * @param known its files
     * @param cluster the server's control file now
     * @param wish {@code BY_LOG} for whatever is good, {@code COMPARED} to read everything
     */
    Approach choose(
            Optional<SnapshotInfo> base,
            Map<String, TreeEntry.RegularFile> known,
            BackupSession session,
            ControlFile cluster,
            HeldWal held,
            Reading wish) {
        try {
            SnapshotInfo since = base.orElseThrow(() -> new NoWord("it is the first one"));
            if (since.damagedPages().size() >= FileReader.DAMAGED_PAGES_MAX) {
                throw new NoWord("the snapshot before does not name all its damaged pages");
            }
            requireSameCluster(since, known, session, cluster);
            TimelineHistory history = requireWal(since, session, held);
            var changes =
                    new IndexedWal(
                                    new WalArchive(archive),
                                    new IndexStore(archive.objects()),
                                    document.walSegmentBytes(),
                                    session.version().major())
                            .changes(history, since.startLsn(), session.startLsn());
            if (!changes.reasons().isEmpty()) {
                throw new NoWord(String.join(", ", changes.reasons()));
            }
            LogWord word =
                    new LogWord(changes, cluster.relationSegmentBlocks(), damagedFiles(since));
            List<SnapshotInfo> snapshots = archive.snapshots();
            boolean compares = wish != Reading.BY_LOG || isComparisonDue(snapshots);
            PageWatch watch =
                    new PageWatch(
                            since.startLsn(),
                            session.startLsn(),
                            cluster.hasDataChecksums(),
                            compares ? 1 : LOOK_AT_ONE_IN,
                            (session.startLsn().value() * SPREAD) >>> 32);
            return new Approach(
                    compares ? Reading.COMPARED : Reading.BY_LOG, word, watch, since.startLsn());
        } catch (NoWord why) {
            LOG.info("reading all of server {}: {}", archive.server(), why.getMessage());
        } catch (Failure failure) {
            LOG.warn("reading all of server {}: {}", archive.server(), failure.message());
        }
        return Approach.WHOLE;
    }

    /** Changes that leave no WAL: what made another cluster of it, or rewrote all its pages. */
    private void requireSameCluster(
            SnapshotInfo since,
            Map<String, TreeEntry.RegularFile> known,
            BackupSession session,
            ControlFile cluster)
            throws NoWord {
        TreeEntry.RegularFile file = known.get("global/pg_control");
        if (file == null) {
            throw new NoWord("the files of the snapshot before are not known");
        }
        byte[] bytes = new byte[(int) file.bytes()];
        for (Extent extent : FileMap.read(chunks, file.map()).extents()) {
            byte[] run = chunks.read(extent.slice());
            int at = (int) extent.firstBlock() * FileMap.BLOCK_BYTES;
            System.arraycopy(run, 0, bytes, at, Math.min(run.length, bytes.length - at));
        }
        ControlFile then = ControlFile.parse(bytes);
        if (then.dataChecksumVersion() != cluster.dataChecksumVersion()) {
            throw new NoWord("page checksums were turned on or off");
        }
        if (then.systemIdentifier() != cluster.systemIdentifier()
                || then.catalogVersion() != cluster.catalogVersion()
                || then.relationSegmentBlocks() != cluster.relationSegmentBlocks()
                || since.version().major() != session.version().major()
                || since.walSegmentBytes() != document.walSegmentBytes()) {
            throw new NoWord("it is another cluster than that of the snapshot before");
        }
    }

    /** Every byte of WAL from start to start, along the server's own past. */
    private TimelineHistory requireWal(SnapshotInfo since, BackupSession session, HeldWal held)
            throws NoWord {
        Lsn from = since.startLsn();
        Lsn to = session.startLsn();
        if (!from.isBefore(to)) {
            throw new NoWord("the snapshot before began at " + from + ", behind " + to);
        }
        if (!held.awaitHeld(to, WAL_AT_MOST)) {
            throw new NoWord("the WAL up to " + to + " is not held yet");
        }
        TimelineHistory history =
                archive.history(session.startTimeline())
                        .orElseThrow(() ->
                                new NoWord(
                                        "the history of timeline "
                                                + session.startTimeline()
                                                + " is not held"));
        if (!since.isOn(history)) {
            throw new NoWord("the snapshot before is not of this server's past");
        }
        Lsn reached = new WalArchive(archive).reach(history, from);
        if (reached.isBefore(to)) {
            throw new NoWord("the WAL from " + from + " on is held to " + reached + " only");
        }
        return history;
    }

    private static Set<String> damagedFiles(SnapshotInfo since) {
        Set<String> files = new HashSet<>();
        for (String page : since.damagedPages()) {
            files.add(page.substring(0, Math.max(0, page.lastIndexOf(':'))));
        }
        return files;
    }

    /**
     * Whether it is time to compare: it was long ago, or an error was found and nothing that was
     * compared since had none.
     */
    private boolean isComparisonDue(List<SnapshotInfo> snapshots) {
        Optional<Instant> error =
                archive.mapDefects().stream()
                        .map(MapDefect::noticedAt)
                        .max(Comparator.naturalOrder());
        if (error.isPresent()
                && snapshots.stream()
                        .filter(each -> each.reading() == Reading.COMPARED)
                        .noneMatch(each -> each.startedAt().isAfter(error.get()))) {
            return true;
        }
        int byLog = 0;
        for (SnapshotInfo each : snapshots.reversed()) {
            if (each.reading() != Reading.BY_LOG) {
                return byLog >= COMPARE_AFTER
                        || each.startedAt().plus(COMPARE_EVERY).isBefore(clock.instant());
            }
            byLog++;
        }
        return true;
    }
}
