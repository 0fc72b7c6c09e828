package org.pgkeep.postgres.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * The cheap check of WAL on its way through: every page header in a run of bytes, no record. Keeps
 * nothing between runs; thread-safe.
 */
public final class WalPages {
    /** Bytes of a WAL page (XLOG_BLCKSZ, as every packaged PostgreSQL is built). */
    public static final int PAGE_BYTES = 8192;

    private static final int ANY_KNOWN_MAGIC = 0xD118;

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
        long run = at.value();
        for (long page = at.floor(PAGE_BYTES).value(); page - run < length; page += PAGE_BYTES) {
            int headerBytes = PageHeader.bytesAt(page, segmentBytes);
            int from = (int) Math.max(0, run - page);
            int to = (int) Math.min(headerBytes, run + length - page);
            if (from >= to) {
                continue;
            }
            boolean whole = from == 0 && to == headerBytes;
            int base = (int) (offset + page - run);
            PageHeader header =
                    whole
                            ? PageHeader.read(bytes, base, headerBytes)
                            : completed(page, timeline, bytes, base, from, to);
            if (headerBytes == PageHeader.SHORT_BYTES && isBlank(bytes, base + from, base + to)) {
                continue;
            }
            Optional<String> wrong = header.wrongAt(page, segmentBytes, systemIdentifier);
            if (wrong.isPresent()) {
                return wrong;
            }
            if (header.timeline() > timeline.value()) {
                return Optional.of(
                        "the WAL page at "
                                + new Lsn(page)
                                + " is of timeline "
                                + header.timeline()
                                + ", newer than "
                                + timeline);
            }
        }
        return Optional.empty();
    }

    /** The header as it should be, with those fields from the run that are whole in it. */
    private PageHeader completed(
            long page, TimelineId timeline, byte[] bytes, int base, int from, int to) {
        int headerBytes = PageHeader.bytesAt(page, segmentBytes);
        ByteBuffer header =
                ByteBuffer.allocate(PageHeader.LONG_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort(0, (short) ANY_KNOWN_MAGIC);
        header.putShort(
                2, (short) (headerBytes == PageHeader.LONG_BYTES ? PageHeader.LONG_HEADER : 0));
        header.putInt(4, timeline.value());
        header.putLong(8, page);
        header.putLong(24, systemIdentifier.orElse(0));
        header.putInt(32, segmentBytes);
        header.putInt(36, PAGE_BYTES);
        for (int field = 0; field + 1 < PageHeader.FIELD_BORDERS.length; field++) {
            int start = PageHeader.FIELD_BORDERS[field];
            int end = PageHeader.FIELD_BORDERS[field + 1];
            if (start >= from && end <= to) {
                header.put(start, bytes, base + start, end - start);
            }
        }
        return PageHeader.read(header.array(), 0, headerBytes);
    }

    private static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
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
