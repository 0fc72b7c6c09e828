package org.pgkeep.engine.archive;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.MapDefect;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.Snapshot;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.StoredDocument;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The documents of one server in the vault. Every answer is read from the vault when asked. */
public final class ServerArchive {
    private static final Logger LOG = LoggerFactory.getLogger(ServerArchive.class);
    private static final String SERVER_KIND = "server";
    private static final String HISTORY_KIND = "timeline-";
    private static final String HOLES_KIND = "holes";
    private static final String UNLOGGED_KIND = "unlogged-";
    private static final String MAP_DEFECTS_KIND = "map-defects";

    /** Enough to see what they have in common. */
    private static final int MAP_DEFECTS_MAX = 200;

    private final ServerId server;
    private final Archive archive;

    /** The archive of that server, which may not exist yet. */
    public ServerArchive(Vault vault, ServerId server) {
        this.server = server;
        this.archive = vault.archive(server.archive());
    }

    /** Every server the vault has an archive of, deleted ones too. */
    public static List<ServerId> all(Vault vault) {
        return vault.archives().stream().map(id -> new ServerId(id.value())).toList();
    }

    /** Whose archive it is. */
    public ServerId server() {
        return server;
    }

    /** The vault's view of it. */
    public Archive objects() {
        return archive;
    }

    /**
     * The newest server document that can be read; empty where none was written yet. A damaged
     * version is passed over for the one before it, and said so: what it changed is lost, but the
     * server is not.
     *
     * @throws Failure DAMAGED_OBJECT if there are versions and none can be read
     */
    public Optional<ServerDocument> document() {
        return newestReadable(SERVER_KIND, ServerDocumentCodec::decode);
    }

    private <T> Optional<T> newestReadable(String kind, Function<byte[], T> decode) {
        Optional<Failure> damaged = Optional.empty();
        for (int version : archive.documentVersions(kind).reversed()) {
            try {
                Optional<T> read =
                        archive.document(kind, version)
                                .map(stored -> decode.apply(stored.content()));
                if (read.isPresent()) {
                    return read;
                }
            } catch (Failure failure) {
                if (failure.code().kind() != Code.Kind.DAMAGED) {
                    throw failure;
                }
                LOG.error(
                        "version {} of document {} of server {} is damaged, the version before it"
                                + " is used: {}",
                        version,
                        kind,
                        server,
                        failure.message());
                damaged = damaged.or(() -> Optional.of(failure));
            }
        }
        if (damaged.isPresent()) {
            throw damaged.get();
        }
        return Optional.empty();
    }

    /** The holes in its WAL that were noticed, oldest first. */
    public List<Hole> holes() {
        return newestReadable(HOLES_KIND, HolesCodec::decode).orElse(List.of());
    }

    /**
     * Records a hole durably.
     *
     * @return false if it was recorded before
     */
    public boolean addHole(Hole hole) {
        List<Hole> known = holes();
        if (known.stream().anyMatch(each -> each.isSameStretchAs(hole))) {
            return false;
        }
        List<Hole> all = new ArrayList<>(known);
        all.add(hole);
        archive.putDocument(HOLES_KIND, HolesCodec.encode(all));
        return true;
    }

    /** The newest pages that the map of changed blocks had left out, oldest first. */
    public List<MapDefect> mapDefects() {
        return newestReadable(MAP_DEFECTS_KIND, MapDefectsCodec::decode).orElse(List.of());
    }

    /** Records such pages durably; the oldest ones go where there are many. */
    public void addMapDefects(List<MapDefect> found) {
        List<MapDefect> all = new ArrayList<>(mapDefects());
        all.addAll(found);
        List<MapDefect> kept = all.subList(Math.max(0, all.size() - MAP_DEFECTS_MAX), all.size());
        archive.putDocument(MAP_DEFECTS_KIND, MapDefectsCodec.encode(kept));
    }

    /** Writes a new version of the server document, unless the newest one says the same. */
    public void write(ServerDocument document) {
        if (!document.id().equals(server)) {
            throw new IllegalArgumentException(
                    "the document of " + document.id() + " for the archive of " + server);
        }
        if (!newestIs(document)) {
            archive.putDocument(SERVER_KIND, ServerDocumentCodec.encode(document));
        }
    }

    private boolean newestIs(ServerDocument document) {
        try {
            return archive.newestDocument(SERVER_KIND)
                    .map(stored -> ServerDocumentCodec.decode(stored.content()))
                    .equals(Optional.of(document));
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            // a good version on top of a damaged one
            return false;
        }
    }

    /**
     * All snapshots that exist and can be read, oldest first. One that is damaged is no reason to
     * do without the others.
     */
    public List<SnapshotInfo> snapshots() {
        return archive.snapshotIds().stream()
                .flatMap(id -> readable(id).stream())
                .sorted(Comparator.comparing(SnapshotInfo::stoppedAt))
                .toList();
    }

    private Optional<SnapshotInfo> readable(SnapshotId id) {
        try {
            return snapshot(id);
        } catch (Failure failure) {
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            LOG.warn("passing over snapshot {} of {}: {}", id, server, failure.message());
            return Optional.empty();
        }
    }

    /** One snapshot; empty where there is none of that id. */
    public Optional<SnapshotInfo> snapshot(SnapshotId id) {
        return archive.snapshot(id).map(found -> SnapshotCodec.decode(server, found));
    }

    /** Makes a snapshot exist: everything it refers to is in the vault already. */
    public void publish(SnapshotInfo info, List<TreeEntry> tree) {
        archive.publish(new Snapshot(info.id(), SnapshotCodec.encode(info)), tree);
    }

    /** The files of a snapshot. */
    public List<TreeEntry> tree(SnapshotId id) {
        return archive.tree(id);
    }

    /**
     * Keeps a timeline's history, and those of its ancestors: WAL of one that was never seen as the
     * server's own may still have to be read. A history never changes, so the first one kept stays.
     */
    public void writeHistory(TimelineHistory history) {
        for (TimelineHistory.Ancestor ancestor : history.ancestors()) {
            writeOne(Timelines.of(ancestor.timeline(), history));
        }
        writeOne(history);
    }

    private void writeOne(TimelineHistory history) {
        String kind = historyKind(history.timeline());
        if (!history.timeline().equals(TimelineId.FIRST)
                && archive.newestDocument(kind).isEmpty()) {
            archive.putDocument(kind, history.file());
        }
    }

    /** A timeline's history; empty where it was never kept. The first timeline needs none. */
    public Optional<TimelineHistory> history(TimelineId timeline) {
        if (timeline.equals(TimelineId.FIRST)) {
            return Optional.of(TimelineHistory.ofFirst());
        }
        return archive.newestDocument(historyKind(timeline))
                .map(StoredDocument::content)
                .map(file -> TimelineHistory.parse(timeline, file));
    }

    /**
     * Where WAL that is held can't be gone through, because it was written with {@code
     * wal_level=minimal} from there on.
     */
    public List<Lsn> unlogged(TimelineId timeline) {
        return archive.newestDocument(UNLOGGED_KIND + timeline.value())
                .map(stored ->
                        new String(stored.content(), StandardCharsets.US_ASCII)
                                .lines()
                                .map(Lsn::parse)
                                .toList())
                .orElse(List.of());
    }

    /**
     * Notes such a place, once.
     *
     * @return false if it was noted before
     */
    public boolean addUnlogged(TimelineId timeline, Lsn at) {
        List<Lsn> known = unlogged(timeline);
        boolean fresh = !known.contains(at);
        if (fresh) {
            String lines =
                    Stream.concat(known.stream(), Stream.of(at))
                            .sorted()
                            .map(Lsn::toString)
                            .collect(Collectors.joining("\n"));
            archive.putDocument(
                    UNLOGGED_KIND + timeline.value(), lines.getBytes(StandardCharsets.US_ASCII));
        }
        return fresh;
    }

    private static String historyKind(TimelineId timeline) {
        return HISTORY_KIND + timeline.value();
    }
}
