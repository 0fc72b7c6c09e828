package org.pgkeep.vault;

import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.Damage;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;

/**
 * What an archive holds about its log, beside the log: for ranges of a stream what is in them. It
 * can all be made again from the log, so a missing or damaged one loses nothing. All methods may be
 * called from any thread. Immutable.
 */
public final class ArchiveIndex {
    /** The most bytes of a head: it comes with little more than one read. */
    public static final int HEAD_BYTES_MAX = 32 << 10;

    /** The most bytes of a body. */
    public static final int BODY_BYTES_MAX = 48 << 20;

    private final ArchiveId id;
    private final SealedStore sealed;

    ArchiveIndex(ArchiveId id, SealedStore sealed) {
        this.id = id;
        this.sealed = sealed;
    }

    /**
     * Stores what is in a range. One object, one step: after a crash it is there whole or not at
     * all.
     *
     * @param head a short part that can be read alone, 1 to {@link #HEAD_BYTES_MAX} bytes
     * @param body the rest, at most {@link #BODY_BYTES_MAX} bytes
     */
    public PutOutcome put(IndexRange range, byte[] head, byte[] body) {
        if (head.length == 0 || head.length > HEAD_BYTES_MAX || body.length > BODY_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "an index of " + head.length + " and " + body.length + " bytes");
        }
        ObjectName name = Names.index(id, range);
        int most = ChunkKind.PLAIN.clearBytesMax();
        try (ObjectSealer sealer =
                sealed.sealer(ObjectKind.INDEX, name, head.length + body.length / 2)) {
            sealer.seal(sealer.reserve(ChunkKind.PLAIN), head, 0, head.length);
            for (int done = 0; done < body.length; done += most) {
                int piece = Math.min(most, body.length - done);
                sealer.seal(sealer.reserve(ChunkKind.PLAIN), body, done, piece);
            }
            return sealed.store().putIfAbsent(name, sealer.finish());
        }
    }

    /** The ranges of a stream there is something about, sorted by start: from the listing alone. */
    public List<IndexRange> ranges(int stream) {
        return sealed.store().list(Names.indexes(id, stream)).stream()
                .map(object -> Names.indexRange(id, stream, object.name()))
                .flatMap(Optional::stream)
                .sorted()
                .toList();
    }

    /**
     * The head of what was stored; empty if there is none.
     *
     * @throws Failure DAMAGED_OBJECT if it does not open
     */
    public Optional<byte[]> head(IndexRange range) {
        return sealed.openHead(ObjectKind.INDEX, Names.index(id, range));
    }

    /**
     * The body of what was stored; empty if there is none.
     *
     * @throws Failure DAMAGED_OBJECT if it does not open
     */
    public Optional<byte[]> body(IndexRange range) {
        ObjectName name = Names.index(id, range);
        return sealed.healing(
                ObjectKind.INDEX,
                name,
                () -> sealed.openWhole(ObjectKind.INDEX, name).map(whole -> body(name, whole)));
    }

    private static byte[] body(ObjectName name, SealedStore.Whole whole) {
        if (whole.sealed().clearBytes() > HEAD_BYTES_MAX + BODY_BYTES_MAX) {
            throw Damage.of(name.text(), "it is longer than an index may be");
        }
        java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
        for (int i = 1; i < whole.sealed().chunks(); i++) {
            body.writeBytes(whole.chunk(i));
        }
        return body.toByteArray();
    }

    /** Removes what was stored; no complaint if there is none. */
    public void delete(IndexRange range) {
        sealed.store().delete(Names.index(id, range));
    }
}
