package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.ObjectFullException;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;

/** What a vault holds of one server. All methods may be called from any thread. Immutable. */
public final class Archive {
    /** The most bytes of a document. */
    public static final int DOCUMENT_BYTES_MAX = 16 << 20;

    /** A guess at what a snapshot's document takes per file. */
    private static final int ENTRY_BYTES_EXPECTED = 24;

    private static final Pattern KIND = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    private final ArchiveId id;
    private final SealedStore sealed;

    Archive(ArchiveId id, SealedStore sealed) {
        this.id = id;
        this.sealed = sealed;
    }

    /** The archive's id. */
    public ArchiveId id() {
        return id;
    }

    /**
     * The newest version of a document; empty if there is none.
     *
     * @param kind {@code [a-z][a-z0-9-]*}, at most 32 characters
     */
    public Optional<StoredDocument> newestDocument(String kind) {
        int version = newestVersion(kind);
        if (version == 0) {
            return Optional.empty();
        }
        return Optional.of(
                document(kind, version)
                        .orElseThrow(
                                () -> Damage.missing(Names.document(id, kind, version).text())));
    }

    /** One version of a document; empty if there is none. */
    public Optional<StoredDocument> document(String kind, int version) {
        return sealed.open(
                        ObjectKind.DOCUMENT, Names.document(id, kind, version), DOCUMENT_BYTES_MAX)
                .map(content -> new StoredDocument(kind, version, content));
    }

    /** The versions of a document that there are, sorted: from the listing alone. */
    public List<Integer> documentVersions(String kind) {
        checkKind(kind);
        return sealed.store().list(Names.documents(id, kind)).stream()
                .map(object -> Names.documentVersion(id, kind, object.name()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    /**
     * Stores a new version of a document, with the next free number. Of two writers at once both
     * succeed, one after the other.
     *
     * @param content at most {@link #DOCUMENT_BYTES_MAX} bytes
     */
    public StoredDocument putDocument(String kind, byte[] content) {
        if (content.length > DOCUMENT_BYTES_MAX) {
            throw new IllegalArgumentException("a document of " + content.length + " bytes");
        }
        // One object, one step: after a crash the version is there whole or not at all.
        for (int version = newestVersion(kind) + 1; ; version++) {
            ObjectName name = Names.document(id, kind, version);
            byte[] object = sealed.seal(ObjectKind.DOCUMENT, name, content, 0, content.length);
            if (sealed.store().putIfAbsent(name, object) == PutOutcome.CREATED) {
                return new StoredDocument(kind, version, content);
            }
        }
    }

    /**
     * Makes a snapshot exist: stores its document. Everything that the tree refers to must be
     * durable by then ({@link PackWriter#finish}).
     *
     * <p>The steps of a snapshot, and what a crash after each of them leaves:
     *
     * <ol>
     *   <li>packs with data and maps are stored: packs that nothing refers to, swept as
     *       unreachable;
     *   <li>this document is stored: the snapshot exists, whole.
     * </ol>
     *
     * The other way round a crash would leave a snapshot whose files can't be read. Publishing the
     * same snapshot once more, after an answer was lost, does nothing.
     *
     * @throws Failure WRONG_STATE if there is another snapshot of that id
     */
    public void publish(Snapshot snapshot, List<TreeEntry> tree) {
        ObjectName name = Names.snapshot(id, snapshot.id());
        byte[] object = sealSnapshot(name, snapshot, tree);
        if (sealed.store().putIfAbsent(name, object) == PutOutcome.EXISTS
                && !(snapshot(snapshot.id()).equals(Optional.of(snapshot))
                        && tree(snapshot.id()).equals(tree))) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "there is another snapshot " + snapshot.id() + " in archive " + id,
                    "start the backup again");
        }
    }

    /** All snapshots, sorted by id; reads only each document's head. */
    public List<Snapshot> snapshots() {
        return snapshotIds().stream().map(this::head).flatMap(Optional::stream).toList();
    }

    /** The ids of all snapshots that are not deleted, sorted: from the listing alone. */
    public List<SnapshotId> snapshotIds() {
        List<SnapshotId> all = storedSnapshotIds();
        // tombstones behind what they bury: what is deleted in between is seen as deleted
        Set<ObjectName> tombstones =
                sealed.store().list(Names.tombstones(id)).stream()
                        .map(StoredObject::name)
                        .collect(Collectors.toSet());
        return tombstones.contains(Names.tombstone(id))
                ? List.of()
                : all.stream()
                        .filter(each -> !tombstones.contains(Names.tombstone(id, each)))
                        .toList();
    }

    /** The ids of all snapshots whose objects are there, deleted or not, sorted. */
    public List<SnapshotId> storedSnapshotIds() {
        return sealed.store().list(Names.snapshots(id)).stream()
                .map(object -> Names.snapshotId(id, object.name()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    /** The head of a snapshot; empty if there is none, or it was deleted. */
    public Optional<Snapshot> snapshot(SnapshotId snapshot) {
        Optional<Snapshot> found = head(snapshot);
        return found.isPresent() && isBuried(snapshot) ? Optional.empty() : found;
    }

    private boolean isBuried(SnapshotId snapshot) {
        return sealed.store().range(Names.tombstone(id, snapshot), 0, 1).isPresent()
                || sealed.store().range(Names.tombstone(id), 0, 1).isPresent();
    }

    private Optional<Snapshot> head(SnapshotId snapshot) {
        ObjectName name = Names.snapshot(id, snapshot);
        return sealed.openHead(ObjectKind.SNAPSHOT, name)
                .map(head -> SnapshotCodec.readHead(snapshot, name, head));
    }

    /**
     * The tree of a snapshot, in the order it was published in.
     *
     * @throws Failure MISSING_OBJECT if there is no such snapshot
     */
    public List<TreeEntry> tree(SnapshotId snapshot) {
        ObjectName name = Names.snapshot(id, snapshot);
        return sealed.healing(
                        ObjectKind.SNAPSHOT,
                        name,
                        () ->
                                sealed.openWhole(ObjectKind.SNAPSHOT, name)
                                        .map(SnapshotCodec::readTree))
                .orElseThrow(() -> Damage.missing(name.text()));
    }

    /** Stores a piece of log: {@code range.length()} bytes from {@code offset} on. */
    public PutOutcome putLog(LogRange range, byte[] bytes, int offset) {
        return putLog(range, bytes, offset, Haste.NONE);
    }

    /** The same, in a hurry or not. */
    public PutOutcome putLog(LogRange range, byte[] bytes, int offset, Haste haste) {
        Objects.checkFromIndexSize(offset, range.length(), bytes.length);
        return sealed.putLog(Names.log(id, range), bytes, offset, range.length(), haste);
    }

    /** The pieces of a stream, sorted by start: from the listing alone. */
    public List<LogRange> logs(int stream) {
        return sealed.store().list(Names.logs(id, stream)).stream()
                .map(object -> Names.logRange(id, stream, object.name()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    /** The streams that have pieces, sorted: from the listing alone. */
    public List<Integer> logStreams() {
        List<Integer> streams = new ArrayList<>();
        for (String folder : sealed.store().folders(Names.logs(id))) {
            Names.logStream(folder).ifPresent(streams::add);
        }
        streams.sort(Integer::compareUnsigned);
        return List.copyOf(streams);
    }

    /** The bytes of a piece of log; empty when it was swept meanwhile. */
    public Optional<byte[]> readLog(LogRange range) {
        ObjectName name = Names.log(id, range);
        Optional<byte[]> bytes = sealed.open(ObjectKind.LOG, name, LogRange.BYTES_MAX);
        if (bytes.isPresent() && bytes.get().length != range.length()) {
            throw Damage.of(
                    name.text(), "it holds " + bytes.get().length + " bytes, not its range");
        }
        return bytes;
    }

    /** What is known about the pieces of log without reading them. */
    public ArchiveIndex index() {
        return new ArchiveIndex(id, sealed);
    }

    /** Removes a piece of log; no complaint if there is none. */
    public void deleteLog(LogRange range) {
        sealed.store().delete(Names.log(id, range));
    }

    private int newestVersion(String kind) {
        List<Integer> versions = documentVersions(kind);
        return versions.isEmpty() ? 0 : versions.getLast();
    }

    private static void checkKind(String kind) {
        if (!KIND.matcher(kind).matches()) {
            throw new IllegalArgumentException("no kind of document: " + kind);
        }
    }

    private byte[] sealSnapshot(ObjectName name, Snapshot snapshot, List<TreeEntry> tree) {
        int expected = 4096 + Math.min(tree.size(), 1 << 20) * ENTRY_BYTES_EXPECTED;
        try (ObjectSealer sealer = sealed.sealer(ObjectKind.SNAPSHOT, name, expected)) {
            SnapshotCodec.write(snapshot, tree, sealer);
            return sealer.finish();
        } catch (ObjectFullException e) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "a snapshot of " + tree.size() + " files is larger than a backup can describe",
                    "drop relations, or move foreign files out of the data directory",
                    e);
        }
    }
}
