package org.pgkeep.vault.seal;

import java.util.Arrays;
import java.util.UUID;
import java.util.random.RandomGenerator;
import javax.crypto.SecretKey;

/**
 * Builds one sealed object in memory. Chunks get their ordinals when they are reserved and may be
 * sealed in another order. Each is opened again and compared before its clear bytes are let go, so
 * that a faulty processor or memory is met now and not at the restore. One thread owns a sealer.
 */
public final class ObjectSealer implements AutoCloseable {
    private final Keyring keys;
    private final Header header;
    private final String name;
    private final int level;
    private final SecretKey key;
    private final AssociatedData associated;
    private final Workbench bench = Workbench.borrow();
    private byte[] frames;

    /** Bytes of {@link #frames} that are left free in front of the first frame. */
    private int front;

    private int framesLength;
    private boolean inOrder = true;
    private int chunks;
    private int sealedChunks;
    private long clearBytes;
    private ChunkKind[] kinds = new ChunkKind[16];
    private int[] codecs = new int[16];
    private int[] clearLengths = new int[16];
    private int[] storedLengths = new int[16];
    private int[] offsets = new int[16];
    private boolean closed;

    /**
     * A sealer of one object.
     *
     * @param name the whole name under which it will be stored
     * @param level zstd's
     * @param bytesExpected of the sealed object, a guess
     */
    public ObjectSealer(
            Keyring keys,
            ObjectKind kind,
            String name,
            int level,
            RandomGenerator random,
            int bytesExpected) {
        this(keys, kind, name, level, random, new byte[Math.max(4096, bytesExpected)]);
    }

    /**
     * A sealer of one object.
     *
     * @param frames what it begins with as its room for sealed bytes, its own until {@link
     *     #giveFrames}
     */
    public ObjectSealer(
            Keyring keys,
            ObjectKind kind,
            String name,
            int level,
            RandomGenerator random,
            byte[] frames) {
        this.keys = keys;
        this.name = name;
        this.level = level;
        header =
                new Header(
                        kind,
                        keys.newest(),
                        keys.vault(),
                        new UUID(random.nextLong(), random.nextLong()));
        key = keys.objectKey(header).orElseThrow();
        associated = new AssociatedData(header, name);
        this.frames = frames;
    }

    /**
     * Leaves room for the header and the index of so many chunks, so that the object is made where
     * its frames are: see {@link #finishInPlace}. To be called before anything is sealed.
     */
    public ObjectSealer expecting(int chunksToCome) {
        if (chunks != 0) {
            throw new IllegalStateException("chunks were reserved already");
        }
        front = frontBytes(chunksToCome);
        framesLength = front;
        if (frames.length < front) {
            frames = new byte[front];
        }
        return this;
    }

    private static int frontBytes(int chunks) {
        return Layout.INDEX_OFFSET + chunks * Layout.INDEX_ENTRY_BYTES + Layout.TAG_BYTES;
    }

    /** Gives out the next ordinal. */
    public int reserve(ChunkKind kind) {
        if (!header.kind().takes(kind)) {
            throw new IllegalArgumentException("no " + kind + " in a " + header.kind());
        }
        if (chunks == Layout.CHUNKS_MAX) {
            throw new ObjectFullException(name + " has " + chunks + " chunks");
        }
        if (chunks == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * chunks);
            codecs = Arrays.copyOf(codecs, 2 * chunks);
            clearLengths = Arrays.copyOf(clearLengths, 2 * chunks);
            storedLengths = Arrays.copyOf(storedLengths, 2 * chunks);
            offsets = Arrays.copyOf(offsets, 2 * chunks);
        }
        kinds[chunks] = kind;
        return chunks++;
    }

    /** Compresses, seals and checks the chunk of a reserved ordinal. */
    public void seal(int ordinal, byte[] clear, int offset, int length) {
        if (closed || ordinal < 0 || ordinal >= chunks || storedLengths[ordinal] != 0) {
            throw new IllegalStateException("no open chunk " + ordinal + " of " + name);
        }
        ChunkKind kind = kinds[ordinal];
        if (length < 1 || length > kind.clearBytesMax()) {
            throw new IllegalArgumentException("a " + kind + " chunk of " + length + " bytes");
        }
        byte[] packed = bench.scratch(0, Workbench.compressBound(length));
        boolean pages = kind == ChunkKind.DATA && length >= PageFilter.BLOCK_BYTES;
        int packedLength;
        if (pages) {
            byte[] filtered = bench.scratch(1, length);
            System.arraycopy(clear, offset, filtered, 0, length);
            pages = PageFilter.apply(filtered, length);
            packedLength = bench.compress(level, filtered, 0, length, packed);
        } else {
            packedLength = bench.compress(level, clear, offset, length, packed);
        }
        boolean smaller = packedLength < length;
        int zstd = pages ? Layout.CODEC_PAGES : Layout.CODEC_ZSTD;
        int codec = smaller ? zstd : Layout.CODEC_STORED;
        byte[] payload = smaller ? packed : clear;
        int payloadOffset = smaller ? 0 : offset;
        int payloadLength = smaller ? packedLength : length;
        room(length, payloadLength + Layout.TAG_BYTES);
        byte[] bound = associated.of(ordinal + 1, codec, kind.code(), length);
        bench.seal(
                key,
                ordinal + 1,
                bound,
                payload,
                payloadOffset,
                payloadLength,
                frames,
                framesLength);
        codecs[ordinal] = codec;
        clearLengths[ordinal] = length;
        storedLengths[ordinal] = payloadLength + Layout.TAG_BYTES;
        offsets[ordinal] = framesLength;
        inOrder &= ordinal == sealedChunks;
        compareOpened(ordinal, bound, clear, offset);
        framesLength += storedLengths[ordinal];
        clearBytes += length;
        sealedChunks++;
    }

    /**
     * Seals all chunks of another object as they are, without compressing them again.
     *
     * @param source where its bytes are
     */
    public void copy(SealedObject from, ByteSource source) {
        for (int i = 0; i < from.chunks(); i++) {
            int ordinal = reserve(from.kind(i));
            byte[] payload = from.payload(i, source);
            int length = from.clearLength(i);
            room(length, payload.length + Layout.TAG_BYTES);
            byte[] bound = associated.of(ordinal + 1, from.codec(i), from.kind(i).code(), length);
            bench.seal(key, ordinal + 1, bound, payload, 0, payload.length, frames, framesLength);
            codecs[ordinal] = from.codec(i);
            clearLengths[ordinal] = length;
            storedLengths[ordinal] = payload.length + Layout.TAG_BYTES;
            offsets[ordinal] = framesLength;
            inOrder &= ordinal == sealedChunks;
            byte[] opened = bench.scratch(1, payload.length);
            if (!bench.open(
                            key,
                            ordinal + 1,
                            bound,
                            frames,
                            framesLength,
                            storedLengths[ordinal],
                            opened)
                    || !Arrays.equals(opened, 0, payload.length, payload, 0, payload.length)) {
                throw notAsSealed("chunk " + ordinal);
            }
            framesLength += storedLengths[ordinal];
            clearBytes += length;
            sealedChunks++;
        }
    }

    /** Ordinals given out so far. */
    public int chunks() {
        return chunks;
    }

    /** Bytes of the frames sealed so far. */
    public int sealedBytes() {
        return framesLength - front;
    }

    /** Bytes that the object has, if nothing more is sealed. */
    public int objectBytes() {
        return frontBytes(chunks) + sealedBytes();
    }

    /** The whole object; every reserved chunk must be sealed. */
    public byte[] finish() {
        byte[] object = new byte[objectBytes()];
        finish(object);
        return object;
    }

    /** The same into the front of an array, which has room for {@link #objectBytes}. */
    public void finish(byte[] object) {
        int at = writeFront(object);
        for (int i = 0; i < chunks; i++) {
            System.arraycopy(frames, offsets[i], object, at, storedLengths[i]);
            at += storedLengths[i];
        }
        checkIndex(object, at);
    }

    /**
     * The same without moving a frame: the object is the first bytes of what {@link #giveFrames}
     * gives. As many chunks as were expected must have been sealed, in order.
     *
     * @return the object's length
     */
    public int finishInPlace() {
        if (!inOrder || front != frontBytes(chunks)) {
            throw new IllegalStateException(name + " does not lie as it has to be");
        }
        int bytes = objectBytes();
        int _ = writeFront(frames);
        checkIndex(frames, bytes);
        return bytes;
    }

    /** Writes header and index; returns where the frames begin. */
    private int writeFront(byte[] object) {
        if (closed || sealedChunks != chunks) {
            throw new IllegalStateException(sealedChunks + " of " + chunks + " chunks of " + name);
        }
        Encoder index = new Encoder();
        for (int i = 0; i < chunks; i++) {
            index.u8(kinds[i].code()).u8(codecs[i]).u32(clearLengths[i]).u32(storedLengths[i]);
        }
        byte[] indexBytes = index.toBytes();
        int indexStored = indexBytes.length + Layout.TAG_BYTES;
        int framesStart = Layout.INDEX_OFFSET + indexStored;
        System.arraycopy(header.encode(), 0, object, 0, Header.BYTES);
        byte[] length = new Encoder().u32(indexStored).toBytes();
        System.arraycopy(length, 0, object, Header.BYTES, length.length);
        bench.seal(
                key,
                0,
                associated.of(0, Layout.CODEC_STORED, 0, indexBytes.length),
                indexBytes,
                0,
                indexBytes.length,
                object,
                Layout.INDEX_OFFSET);
        return framesStart;
    }

    /** Ends the sealer and gives away its room for sealed bytes, for another one to begin with. */
    public byte[] giveFrames() {
        byte[] given = frames;
        close();
        return given;
    }

    /** Gives the tools back; the sealer is of no use afterwards. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            frames = new byte[0];
            bench.close();
        }
    }

    private void room(int clear, int bytes) {
        long wanted = (long) framesLength + bytes;
        if (frontBytes(chunks) - front + wanted > Layout.OBJECT_BYTES_MAX
                || clearBytes + clear > Layout.CLEAR_BYTES_MAX) {
            throw new ObjectFullException(name + " would be larger than an object may be");
        }
        if (wanted > frames.length) {
            frames = Arrays.copyOf(frames, (int) Math.max(wanted, frames.length * 2L));
        }
    }

    private void compareOpened(int ordinal, byte[] bound, byte[] clear, int offset) {
        int length = clearLengths[ordinal];
        byte[] opened = bench.scratch(1, length);
        boolean stored = codecs[ordinal] == Layout.CODEC_STORED;
        byte[] target = stored ? opened : bench.scratch(0, length);
        boolean good =
                bench.open(
                        key,
                        ordinal + 1,
                        bound,
                        frames,
                        offsets[ordinal],
                        storedLengths[ordinal],
                        target);
        if (good && !stored) {
            int packed = storedLengths[ordinal] - Layout.TAG_BYTES;
            good = bench.decompress(target, 0, packed, opened, 0, length);
            if (codecs[ordinal] == Layout.CODEC_PAGES) {
                PageFilter.revert(opened, length);
            }
        }
        if (!good || !Arrays.equals(opened, 0, length, clear, offset, offset + length)) {
            throw notAsSealed("chunk " + ordinal);
        }
    }

    private void checkIndex(byte[] object, int bytes) {
        SealedObject opened =
                SealedObject.open(keys, header.kind(), name, ByteSource.of(object, bytes))
                        .orElseThrow();
        if (opened.chunks() != chunks || opened.storedBytes() != bytes) {
            throw notAsSealed("the index");
        }
    }

    private RuntimeException notAsSealed(String what) {
        return Damage.of(
                name,
                what
                        + " did not open right after it was sealed; nothing was stored, and the"
                        + " processor or memory of this machine can't be trusted");
    }
}
