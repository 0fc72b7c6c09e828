package org.pgkeep.engine.slot;

/**
 * Who goes first when WAL can't be brought away: the server, or the recoverability.
 *
 * @param first who
 * @param serverBytesMax the WAL the server keeps at most for pgkeep where the server goes first;
 *     meaningless otherwise
 * @param told whether somebody wished so; otherwise what stands in the server's configuration
 *     counts
 */
public record WalLimit(First first, long serverBytesMax, boolean told) {
    /** 16 GiB are about a quarter of an hour of a very busy server, and weeks of a quiet one. */
    public static final WalLimit DEFAULT = new WalLimit(First.SERVER, 16L << 30, false);

    /** A limit that somebody wished. */
    public WalLimit(First first, long serverBytesMax) {
        this(first, serverBytesMax, true);
    }

    /** Who goes first. */
    public enum First {
        /**
         * The server: what it keeps is bounded, the slot is given up, a hole is recorded and a new
         * backup taken.
         */
        SERVER,
        /** The recoverability: the server keeps its WAL until its disk is full. */
        RECOVERABILITY
    }

    public WalLimit {
        if (serverBytesMax < 64L << 20) {
            throw new IllegalArgumentException("a limit of " + serverBytesMax + " bytes");
        }
    }

    /** As {@code max_slot_wal_keep_size} takes it. */
    public String slotWalKeepSize() {
        return switch (first) {
            case SERVER -> (serverBytesMax >> 20) + "MB";
            case RECOVERABILITY -> "-1";
        };
    }
}
