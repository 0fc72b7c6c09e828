package org.pgkeep.vault.seal;

/** What a chunk holds; part of what its seal vouches for. */
public enum ChunkKind {
    /** The next bytes of an object that is read from its start. */
    PLAIN(0, 1 << 20),
    /** Runs of bytes of files. */
    DATA(1, 128 << 10),
    /** Encoded file maps. */
    MAP(2, 32 << 20);

    private final int code;
    private final int clearBytesMax;

    ChunkKind(int code, int clearBytesMax) {
        this.code = code;
        this.clearBytesMax = clearBytesMax;
    }

    /** The byte that stands for it. */
    public int code() {
        return code;
    }

    /** The most clear bytes of such a chunk. */
    public int clearBytesMax() {
        return clearBytesMax;
    }
}
