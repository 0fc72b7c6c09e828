package org.pgkeep.vault;

import java.util.List;
import java.util.Optional;

/** What a vault holds of one server. All methods may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester")
public final class Archive {
    Archive() {}

    /** The archive's id. */
    public ArchiveId id() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The newest version of a document; empty if there is none. */
    public Optional<StoredDocument> newestDocument(String kind) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Stores a new version of a document, with the next free number. */
    public StoredDocument putDocument(String kind, byte[] content) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Makes a snapshot exist: stores its document. Everything that the tree refers to must be
     * durable by then ({@link PackWriter#finish}).
     *
     * @throws org.pgkeep.failure.Failure WRONG_STATE if there is a snapshot of that id
     */
    public void publish(Snapshot snapshot, List<TreeEntry> tree) {
        throw new UnsupportedOperationException("not yet");
    }

    /** All snapshots, sorted by id; reads only each document's head. */
    public List<Snapshot> snapshots() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The ids of all snapshots, sorted: from the listing alone. */
    public List<SnapshotId> snapshotIds() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The head of a snapshot; empty if there is none. */
    public Optional<Snapshot> snapshot(SnapshotId id) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * The tree of a snapshot, in the order it was published in.
     *
     * @throws org.pgkeep.failure.Failure MISSING_OBJECT if there is no such snapshot
     */
    public List<TreeEntry> tree(SnapshotId id) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Stores a piece of log: {@code range.length()} bytes from {@code offset} on. */
    public PutOutcome putLog(LogRange range, byte[] bytes, int offset) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The pieces of a stream, sorted by start: from the listing alone. */
    public List<LogRange> logs(int stream) {
        throw new UnsupportedOperationException("not yet");
    }

    /** The streams that have pieces, sorted: from the listing alone. */
    public List<Integer> logStreams() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The bytes of a piece of log; empty when it was swept meanwhile. */
    public Optional<byte[]> readLog(LogRange range) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Removes a piece of log; no complaint if there is none. */
    public void deleteLog(LogRange range) {
        throw new UnsupportedOperationException("not yet");
    }
}
