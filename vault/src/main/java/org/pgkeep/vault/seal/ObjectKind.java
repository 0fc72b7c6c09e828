package org.pgkeep.vault.seal;

import java.util.Optional;

/** What a sealed object is; part of its key and of what its seals vouch for. */
public enum ObjectKind {
    /** Chunks of data and of maps. */
    PACK(1),
    /** A snapshot's head and tree. */
    SNAPSHOT(2),
    /** A piece of log. */
    LOG(3),
    /** A version of a document. */
    DOCUMENT(4),
    /** What is in a range of log. */
    INDEX(5);

    private final int code;

    ObjectKind(int code) {
        this.code = code;
    }

    /** The byte that stands for it. */
    public int code() {
        return code;
    }

    /** Whether such an object may have such a chunk. */
    boolean takes(ChunkKind kind) {
        return switch (kind) {
            case PLAIN -> this != PACK;
            case DATA, MAP -> this == PACK;
        };
    }

    /** The kind of chunk that the byte stands for, if such an object may have it. */
    Optional<ChunkKind> chunkKind(int chunkCode) {
        for (ChunkKind kind : ChunkKind.values()) {
            if (kind.code() == chunkCode && takes(kind)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
