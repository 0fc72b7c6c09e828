package org.pgkeep.vault;

/**
 * Turns clear bytes into slices of sealed packs. One thread owns a writer; several writers may work
 * at once.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class PackWriter implements AutoCloseable {
    /** The most clear bytes of a chunk of data. */
    public static final int CHUNK_BYTES = 131072;

    /** The most bytes of one encoded file map: enough for a file of about 200 GB. */
    public static final int MAP_BYTES_MAX = 32 << 20;

    PackWriter() {}

    /**
     * Takes a run of a file's bytes. The slice is valid at once, and durable after {@link #finish}.
     *
     * @param length 1 to {@link #CHUNK_BYTES}
     */
    public Slice appendData(byte[] bytes, int offset, int length) {
        throw new UnsupportedOperationException("not yet");
    }

    /**
     * Takes an encoded file map. The slice is valid at once, and durable after {@link #finish}.
     *
     * @param length 1 to {@link #MAP_BYTES_MAX}
     */
    public Slice appendMap(byte[] bytes, int offset, int length) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Seals and stores what is open. Nothing can be appended afterwards. */
    public PackFigures finish() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Drops what was not stored yet; after {@link #finish} there is nothing to drop. */
    @Override
    public void close() {
        throw new UnsupportedOperationException("not yet");
    }
}
