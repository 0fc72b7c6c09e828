package org.pgkeep.postgres.wal;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** The cheap check of WAL on its way through: every page header in a run of bytes. */
public final class WalPages {
    /** Bytes of a WAL page (XLOG_BLCKSZ, as every packaged PostgreSQL is built). */
    public static final int PAGE_BYTES = 8192;

    private final int segmentBytes;
    private final OptionalLong systemIdentifier;

    /**
     * A check for the WAL of one server.
     *
     * @param segmentBytes the cluster's segment size
     * @param systemIdentifier what long headers have to carry; empty to accept any
     */
    public WalPages(int segmentBytes, OptionalLong systemIdentifier) {
        this.segmentBytes = segmentBytes;
        this.systemIdentifier = systemIdentifier;
    }

    /**
     * Checks every page header in a run of bytes: magic, flags, page address, timeline, and in a
     * segment's first page system identifier, segment and page size. A header cut by the run's
     * border is checked as far as its fields are whole. A page whose header is all zeros is
     * accepted except at a segment's start: PostgreSQL fills a segment so behind a switch.
     *
     * @param timeline the newest timeline a page may carry; a segment that a promotion copied
     *     carries older ones
     * @param at the position of the first byte
     * @return what is wrong, a clause that names the position; empty if nothing is
     */
    public Optional<String> check(
            TimelineId timeline, Lsn at, byte[] bytes, int offset, int length) {
        throw new UnsupportedOperationException(
                segmentBytes + " " + systemIdentifier + timeline + at + bytes[offset + length]);
    }

    /** The major version whose WAL pages carry this magic; empty if none of 13 to 18 does. */
    public static OptionalInt majorOf(int magic) {
        return switch (magic) {
            case 0xD106 -> OptionalInt.of(13);
            case 0xD10D -> OptionalInt.of(14);
            case 0xD110 -> OptionalInt.of(15);
            case 0xD113 -> OptionalInt.of(16);
            case 0xD116 -> OptionalInt.of(17);
            case 0xD118 -> OptionalInt.of(18);
            default -> OptionalInt.empty();
        };
    }
}
