package org.pgkeep.postgres.wal;

import java.util.Optional;
import java.util.OptionalLong;
import org.pgkeep.postgres.Lsn;

/**
 * The header of a WAL page: XLogPageHeaderData, and in a segment's first page
 * XLogLongPageHeaderData (xlog_internal.h). The same from 13 to 18 except for the magic.
 *
 * @param timeline unsigned
 * @param remaining how many bytes of a record that began on an earlier page follow, unsigned
 * @param longer what only a segment's first page says
 */
record PageHeader(
        int magic,
        int flags,
        long timeline,
        long address,
        long remaining,
        Optional<Longer> longer) {
    /** What a segment's first page says beside. */
    record Longer(long systemIdentifier, int segmentBytes, int pageBytes) {}

    static final int SHORT_BYTES = 24;
    static final int LONG_BYTES = 40;

    static final int FIRST_IS_CONTINUED = 0x0001;
    static final int LONG_HEADER = 0x0002;
    static final int FIRST_IS_OVERWRITE = 0x0008;
    private static final int ALL_FLAGS = 0x000F;

    /** Where the fields stand and end; for headers of which only a part is at hand. */
    static final int[] FIELD_BORDERS = {0, 2, 4, 8, 16, 20, 24, 32, 36, 40};

    /** The length of the header of the page that begins at {@code page}. */
    static int bytesAt(long page, int segmentBytes) {
        return (page & segmentBytes - 1) == 0 ? LONG_BYTES : SHORT_BYTES;
    }

    /** Reads as many bytes as {@link #bytesAt} says. */
    static PageHeader read(byte[] bytes, int offset, int length) {
        return new PageHeader(
                LittleEndian.unsignedShort(bytes, offset),
                LittleEndian.unsignedShort(bytes, offset + 2),
                LittleEndian.unsignedInt(bytes, offset + 4),
                LittleEndian.signedLong(bytes, offset + 8),
                LittleEndian.unsignedInt(bytes, offset + 16),
                length < LONG_BYTES
                        ? Optional.empty()
                        : Optional.of(
                                new Longer(
                                        LittleEndian.signedLong(bytes, offset + 24),
                                        LittleEndian.signedInt(bytes, offset + 32),
                                        LittleEndian.signedInt(bytes, offset + 36))));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Whether everything in it is zero, as on a page that was never written. */
    boolean isBlank() {
        return magic == 0 && flags == 0 && timeline == 0 && address == 0 && remaining == 0;
    }

    /** What is wrong with this header if it stands at {@code page}; empty if nothing is. */
    Optional<String> wrongAt(long page, int segmentBytes, OptionalLong systemIdentifier) {
        if (WalPages.majorOf(magic).isEmpty()) {
            return wrong(page, "has the unknown magic " + Integer.toHexString(magic));
        }
        if (address != page) {
            return wrong(page, "says that it belongs at " + new Lsn(address));
        }
        if ((flags & ~ALL_FLAGS) != 0 || has(LONG_HEADER) != longer.isPresent()) {
            return wrong(page, "has the impossible flags " + Integer.toHexString(flags));
        }
        if (timeline == 0 || timeline > Integer.MAX_VALUE) {
            return wrong(page, "has the impossible timeline " + timeline);
        }
        return longer.flatMap(found -> wrongLonger(page, found, segmentBytes, systemIdentifier));
    }

    private static Optional<String> wrongLonger(
            long page, Longer found, int segmentBytes, OptionalLong systemIdentifier) {
        if (systemIdentifier.isPresent()
                && systemIdentifier.getAsLong() != found.systemIdentifier()) {
            return wrong(
                    page,
                    "belongs to the server with system identifier "
                            + Long.toUnsignedString(found.systemIdentifier())
                            + ", not "
                            + Long.toUnsignedString(systemIdentifier.getAsLong()));
        }
        if (found.segmentBytes() != segmentBytes) {
            return wrong(page, "says that segments have " + found.segmentBytes() + " bytes");
        }
        if (found.pageBytes() != WalPages.PAGE_BYTES) {
            return wrong(page, "says that pages have " + found.pageBytes() + " bytes");
        }
        return Optional.empty();
    }

    private static Optional<String> wrong(long page, String what) {
        return Optional.of("the WAL page at " + new Lsn(page) + " " + what);
    }
}
