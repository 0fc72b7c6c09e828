package org.pgkeep.vault;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pgkeep.vault.seal.ChunkKind;
import org.pgkeep.vault.seal.ObjectKind;
import org.pgkeep.vault.seal.ObjectSealer;

/**
 * Turns clear bytes into slices of sealed packs. One thread owns a writer; several writers may work
 * at once.
 *
 * <p>A run goes into the open chunk of its kind, or into a new one if it does not fit: runs never
 * cross chunks. A full chunk is sealed into the open pack; a full pack is stored beside the sealing
 * of the next ({@link PackStorer}). Memory: one pack's worth of frames, used again for each pack,
 * beside what waits to be stored.
 *
 * <p>What a crash leaves: packs that nothing refers to, since whatever refers to them is stored
 * after {@link #finish}. They are swept as unreachable.
 */
public final class PackWriter implements AutoCloseable {
    /** The most clear bytes of a chunk of data. */
    public static final int CHUNK_BYTES = 131072;

    /** The most bytes of one encoded file map: enough for a file of about 200 GB. */
    public static final int MAP_BYTES_MAX = 32 << 20;

    /**
     * A pack is stored when it has so many chunks, however small: half a GB of zeros would
     * otherwise wait for the pack to fill, and its index would not come with the first read.
     */
    private static final int CHUNKS_TARGET = 4096;

    /** The frames begin with this part of a usual pack, and double: a small snapshot has few. */
    private static final int FIRST_FRAMES_PART = 16;

    private final SealedStore sealed;
    private final OpenChunk data = new OpenChunk(ChunkKind.DATA);
    private final OpenChunk maps = new OpenChunk(ChunkKind.MAP);
    private final PackRoom room;
    private final PackStorer storer;
    private byte[] frames;
    private @Nullable OpenPack pack;
    private boolean over;
    private boolean left;
    private long clearBytes;
    private long storedBytes;
    private int packs;

    /**
     * A writer.
     *
     * @param room where packs of all the vault's writers wait to be stored
     */
    PackWriter(SealedStore sealed, PackRoom room) {
        this.sealed = sealed;
        this.room = room;
        storer = new PackStorer(sealed.store(), room);
        frames = new byte[room.usualBytes() / FIRST_FRAMES_PART];
        room.enter();
    }

    /**
     * Takes a run of a file's bytes. The slice is valid at once, and durable after {@link #finish}.
     *
     * @param length 1 to {@link #CHUNK_BYTES}
     */
    public Slice appendData(byte[] bytes, int offset, int length) {
        return append(data, bytes, offset, length);
    }

    /**
     * Takes an encoded file map. The slice is valid at once, and durable after {@link #finish}.
     *
     * @param length 1 to {@link #MAP_BYTES_MAX}
     */
    public Slice appendMap(byte[] bytes, int offset, int length) {
        return append(maps, bytes, offset, length);
    }

    /**
     * Seals and stores what is open. Nothing can be appended afterwards. When this throws, nothing
     * that was appended may be referred to.
     */
    public PackFigures finish() {
        checkOpen();
        over = true;
        OpenPack last = pack;
        if (last != null) {
            sealOpen();
            int bytes = last.sealer.objectBytes();
            storer.finish(Names.pack(last.id), bytes, last.sealer::finish);
            count(last, bytes);
        } else {
            storer.finish();
        }
        return new PackFigures(clearBytes, storedBytes, packs);
    }

    /** Drops what was not stored yet; after {@link #finish} there is nothing to drop. */
    @Override
    public void close() {
        over = true;
        if (pack != null) {
            pack.sealer.close();
            pack = null;
        }
        storer.close();
        if (!left) {
            left = true;
            frames = new byte[0];
            room.leave();
        }
    }

    private Slice append(OpenChunk chunk, byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length < 1 || length > chunk.kind.clearBytesMax()) {
            throw new IllegalArgumentException("a run of " + length + " bytes of " + chunk.kind);
        }
        checkOpen();
        // Only a run that was taken completely leaves the writer usable: see finish().
        over = true;
        if (chunk.isOpen() && length > CHUNK_BYTES - chunk.length) {
            sealChunk(chunk);
            storeIfFull();
        }
        OpenPack target = openPack();
        if (!chunk.isOpen()) {
            chunk.open(target.sealer.reserve(chunk.kind));
        }
        Slice slice = new Slice(new ChunkRef(target.id, chunk.ordinal), chunk.length, length);
        if (chunk.length == 0 && length >= CHUNK_BYTES) {
            // A chunk of its own, sealed from where it stands.
            target.sealer.seal(chunk.ordinal, bytes, offset, length);
            chunk.shut();
            storeIfFull();
        } else {
            chunk.take(bytes, offset, length);
            if (chunk.length == CHUNK_BYTES) {
                sealChunk(chunk);
                storeIfFull();
            }
        }
        clearBytes += length;
        over = false;
        return slice;
    }

    private OpenPack openPack() {
        OpenPack open = pack;
        if (open == null) {
            PackId id = PackId.random(sealed.random());
            ObjectSealer sealer = sealed.sealer(ObjectKind.PACK, Names.pack(id), frames);
            open = new OpenPack(id, sealer);
            pack = open;
        }
        return open;
    }

    private void sealChunk(OpenChunk chunk) {
        openPack().sealer.seal(chunk.ordinal, chunk.bytes, 0, chunk.length);
        chunk.shut();
    }

    private void storeIfFull() {
        OpenPack open = pack;
        if (open != null
                && (open.sealer.sealedBytes() >= sealed.settings().packBytesTarget()
                        || open.sealer.chunks() >= CHUNKS_TARGET)) {
            storePack(open);
        }
    }

    private void storePack(OpenPack open) {
        sealOpen();
        int bytes = open.sealer.objectBytes();
        storer.store(Names.pack(open.id), bytes, open.sealer::finish);
        count(open, bytes);
    }

    private void sealOpen() {
        for (OpenChunk chunk : new OpenChunk[] {data, maps}) {
            if (chunk.isOpen()) {
                sealChunk(chunk);
            }
        }
    }

    private void count(OpenPack stored, int bytes) {
        byte[] used = stored.sealer.giveFrames();
        // one large map is no reason to keep so much for the rest of the snapshot
        frames = used.length <= 2 * room.usualBytes() ? used : new byte[room.usualBytes()];
        pack = null;
        storedBytes += bytes;
        packs++;
    }

    private void checkOpen() {
        if (over) {
            throw new IllegalStateException("this writer is finished, closed, or failed before");
        }
    }

    private record OpenPack(PackId id, ObjectSealer sealer) {}

    /** The chunk of one kind that takes runs. */
    private static final class OpenChunk {
        private static final int NONE = -1;

        private final ChunkKind kind;
        private byte[] bytes = new byte[0];
        private int length;
        private int ordinal = NONE;

        OpenChunk(ChunkKind kind) {
            this.kind = kind;
        }

        boolean isOpen() {
            return ordinal != NONE;
        }

        void open(int reserved) {
            ordinal = reserved;
            length = 0;
        }

        void shut() {
            ordinal = NONE;
            length = 0;
        }

        void take(byte[] source, int offset, int count) {
            if (bytes.length == 0) {
                bytes = new byte[CHUNK_BYTES];
            }
            System.arraycopy(source, offset, bytes, length, count);
            length += count;
        }
    }
}
