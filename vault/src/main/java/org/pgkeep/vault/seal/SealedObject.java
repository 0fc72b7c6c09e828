package org.pgkeep.vault.seal;

import java.util.Arrays;
import java.util.Optional;
import javax.crypto.SecretKey;

/**
 * A sealed object whose header and index were opened. It holds no bytes of the chunks: each is
 * fetched and opened alone. Immutable.
 */
public final class SealedObject {
    private final String name;
    private final SecretKey key;
    private final AssociatedData associated;
    private final ChunkKind[] kinds;
    private final byte[] codecs;
    private final int[] clearLengths;
    private final int[] offsets;
    private final long clearBytes;

    /** Reads an authentic index; it is checked all the same, for a faulty writer's sake. */
    private SealedObject(
            ObjectKind kind, String name, SecretKey key, AssociatedData associated, byte[] index) {
        this.name = name;
        this.key = key;
        this.associated = associated;
        int chunks = index.length / Layout.INDEX_ENTRY_BYTES;
        kinds = new ChunkKind[chunks];
        codecs = new byte[chunks];
        clearLengths = new int[chunks];
        offsets = new int[chunks + 1];
        offsets[0] = Layout.INDEX_OFFSET + index.length + Layout.TAG_BYTES;
        Decoder entries = new Decoder(name, index);
        long clearSum = 0;
        for (int i = 0; i < chunks; i++) {
            int kindCode = entries.u8();
            kinds[i] =
                    kind.chunkKind(kindCode)
                            .orElseThrow(() -> entries.damage("a chunk of kind " + kindCode));
            codecs[i] = (byte) entries.u8();
            long clear = entries.u32();
            long payload = entries.u32() - Layout.TAG_BYTES;
            boolean fits =
                    switch (codecs[i]) {
                        case Layout.CODEC_STORED -> payload == clear;
                        case Layout.CODEC_ZSTD -> payload > 0 && payload < clear;
                        case Layout.CODEC_PAGES ->
                                payload > 0 && payload < clear && kinds[i] == ChunkKind.DATA;
                        default -> throw entries.damage("a chunk of codec " + codecs[i]);
                    };
            long end = offsets[i] + payload + Layout.TAG_BYTES;
            if (!fits
                    || clear < 1
                    || clear > kinds[i].clearBytesMax()
                    || end > Layout.OBJECT_BYTES_MAX) {
                throw entries.damage("a chunk of " + clear + " bytes in " + payload);
            }
            clearLengths[i] = (int) clear;
            offsets[i + 1] = (int) end;
            clearSum += clear;
        }
        if (clearSum > Layout.CLEAR_BYTES_MAX) {
            throw entries.damage(clearSum + " clear bytes");
        }
        clearBytes = clearSum;
    }

    /**
     * Opens the header and the index.
     *
     * @return empty if there is no such object
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT, NEWER_FORMAT
     */
    public static Optional<SealedObject> open(
            Keyring keys, ObjectKind kind, String name, ByteSource source) {
        Optional<byte[]> front = source.range(0, Layout.INDEX_OFFSET);
        if (front.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = front.get();
        Header header = Header.decode(name, bytes, kind, keys.vault());
        SecretKey key =
                keys.objectKey(header).orElseThrow(() -> notHeld(name, header.generation()));
        if (bytes.length < Layout.INDEX_OFFSET) {
            throw Damage.of(name, "it ends inside its header");
        }
        int stored = indexStored(name, new Decoder(name, bytes, Header.BYTES, 4).u32());
        byte[] sealed = source.range(Layout.INDEX_OFFSET, stored).orElse(new byte[0]);
        if (sealed.length != stored) {
            throw Damage.of(name, "it ends inside its index");
        }
        AssociatedData associated = new AssociatedData(header, name);
        byte[] index = new byte[stored - Layout.TAG_BYTES];
        byte[] bound = associated.of(0, Layout.CODEC_STORED, 0, index.length);
        try (Workbench bench = Workbench.borrow()) {
            if (!bench.open(key, 0, bound, sealed, 0, stored, index)) {
                throw Damage.of(name, "its index does not open");
            }
        }
        return Optional.of(new SealedObject(kind, name, key, associated, index));
    }

    /** Opens an object to be read whole: its length must be exactly what its index says. */
    public static Optional<SealedObject> openWhole(
            Keyring keys, ObjectKind kind, String name, byte[] object) {
        Optional<SealedObject> opened = open(keys, kind, name, ByteSource.of(object));
        opened.ifPresent(sealed -> {
            if (sealed.storedBytes() != object.length) {
                throw Damage.of(
                        name, "it has " + object.length + " bytes, not " + sealed.storedBytes());
            }
        });
        return opened;
    }

    /**
     * What an object says it is, before anything vouches for it.
     *
     * @param kind of object
     * @param generation of the master key
     */
    public record Title(ObjectKind kind, int generation) {}

    /** What an object says it is; empty if there is none, or it does not begin like one. */
    public static Optional<Title> title(String name, ByteSource source) {
        return source.range(0, Layout.INDEX_OFFSET).flatMap(front -> Header.title(name, front));
    }

    /** Whether another object has the same chunks; opens all of both. */
    public boolean sameContent(ByteSource own, SealedObject other, ByteSource others) {
        if (chunks() != other.chunks()) {
            return false;
        }
        for (int i = 0; i < chunks(); i++) {
            if (kinds[i] != other.kinds[i]
                    || !Arrays.equals(chunk(i, own), other.chunk(i, others))) {
                return false;
            }
        }
        return true;
    }

    /** A chunk as it is inside its frame: compressed, if it is. */
    byte[] payload(int ordinal, ByteSource source) {
        int stored = offsets[ordinal + 1] - offsets[ordinal];
        byte[] frame =
                source.range(offsets[ordinal], stored).orElseThrow(() -> Damage.missing(name));
        byte[] payload = new byte[stored - Layout.TAG_BYTES];
        byte[] bound =
                associated.of(
                        ordinal + 1, codecs[ordinal], kinds[ordinal].code(), clearLengths[ordinal]);
        try (Workbench bench = Workbench.borrow()) {
            if (frame.length != stored
                    || !bench.open(key, ordinal + 1, bound, frame, 0, stored, payload)) {
                throw Damage.of(name, "chunk " + ordinal + " does not open");
            }
        }
        return payload;
    }

    int codec(int ordinal) {
        return codecs[ordinal];
    }

    /** The number of chunks. */
    public int chunks() {
        return kinds.length;
    }

    /** What a chunk holds. */
    public ChunkKind kind(int ordinal) {
        return kinds[ordinal];
    }

    /** Clear bytes of a chunk. */
    public int clearLength(int ordinal) {
        return clearLengths[ordinal];
    }

    /** Bytes of a chunk's frame. */
    public int storedLength(int ordinal) {
        return offsets[ordinal + 1] - offsets[ordinal];
    }

    /** Clear bytes of all chunks. */
    public long clearBytes() {
        return clearBytes;
    }

    /** Bytes of the sealed object. */
    public int storedBytes() {
        return offsets[kinds.length];
    }

    /**
     * Fetches and opens a chunk.
     *
     * @param ordinal less than {@link #chunks}
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT, MISSING_OBJECT
     */
    public byte[] chunk(int ordinal, ByteSource source) {
        byte[] clear = new byte[clearLengths[ordinal]];
        open(ordinal, source, clear, 0);
        return clear;
    }

    /**
     * Opens all chunks, one behind the other.
     *
     * @throws org.pgkeep.failure.Failure DAMAGED_OBJECT, MISSING_OBJECT
     */
    public byte[] all(ByteSource source) {
        byte[] clear = new byte[(int) clearBytes];
        int at = 0;
        for (int i = 0; i < kinds.length; i++) {
            if (codecs[i] == Layout.CODEC_PAGES) {
                // pages are put together in place, from an array's beginning
                System.arraycopy(chunk(i, source), 0, clear, at, clearLengths[i]);
            } else {
                open(i, source, clear, at);
            }
            at += clearLengths[i];
        }
        return clear;
    }

    private void open(int ordinal, ByteSource source, byte[] into, int at) {
        int stored = offsets[ordinal + 1] - offsets[ordinal];
        byte[] sealed =
                source.range(offsets[ordinal], stored).orElseThrow(() -> Damage.missing(name));
        if (sealed.length != stored) {
            throw Damage.of(name, "it ends inside chunk " + ordinal);
        }
        int clear = clearLengths[ordinal];
        int frame = ordinal + 1;
        byte[] bound = associated.of(frame, codecs[ordinal], kinds[ordinal].code(), clear);
        try (Workbench bench = Workbench.borrow()) {
            boolean packed = codecs[ordinal] != Layout.CODEC_STORED;
            byte[] target = packed || at > 0 ? bench.scratch(0, stored) : into;
            if (!bench.open(key, frame, bound, sealed, 0, stored, target)) {
                throw Damage.of(name, "chunk " + ordinal + " does not open");
            }
            int payload = stored - Layout.TAG_BYTES;
            if (packed && !bench.decompress(target, 0, payload, into, at, clear)) {
                throw Damage.of(name, "chunk " + ordinal + " does not decompress");
            }
            if (!packed && at > 0) {
                System.arraycopy(target, 0, into, at, clear);
            }
            if (codecs[ordinal] == Layout.CODEC_PAGES) {
                PageFilter.revert(into, clear);
            }
        }
    }

    private static int indexStored(String name, long stored) {
        long clear = stored - Layout.TAG_BYTES;
        if (clear < 0
                || clear % Layout.INDEX_ENTRY_BYTES != 0
                || clear / Layout.INDEX_ENTRY_BYTES > Layout.CHUNKS_MAX) {
            throw Damage.of(name, "an index of " + stored + " bytes");
        }
        return (int) stored;
    }

    private static RuntimeException notHeld(String name, int generation) {
        return Damage.of(
                name,
                "it is sealed with generation "
                        + generation
                        + " of the vault's keys, which the key given does not open");
    }
}
