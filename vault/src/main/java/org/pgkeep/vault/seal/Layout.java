package org.pgkeep.vault.seal;

/** The numbers of the container that both sides share; {@code docs/format.md} repeats them. */
public final class Layout {
    /** The most bytes of a sealed object: it is built and checked in memory. */
    public static final int OBJECT_BYTES_MAX = 64 << 20;

    /** The most chunks of an object. */
    public static final int CHUNKS_MAX = 1 << 16;

    /** The most clear bytes of an object; what a reader of the whole may have to hold. */
    public static final long CLEAR_BYTES_MAX = 1L << 30;

    /** Chunks are kept as they are. */
    static final int CODEC_STORED = 0;

    /** Chunks are one zstd frame each, without dictionary or checksum. */
    static final int CODEC_ZSTD = 1;

    /** As {@link #CODEC_ZSTD}, of data that went through {@link PageFilter}; since format 2. */
    static final int CODEC_PAGES = 2;

    /** AES-GCM's tag behind each frame. */
    static final int TAG_BYTES = 16;

    /** Chunk kind, codec, clear length, stored length. */
    static final int INDEX_ENTRY_BYTES = 10;

    /** Where the index frame begins: behind the header and the index frame's length. */
    static final int INDEX_OFFSET = Header.BYTES + 4;

    private Layout() {}
}
