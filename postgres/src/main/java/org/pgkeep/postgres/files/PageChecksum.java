package org.pgkeep.postgres.files;

import org.pgkeep.postgres.Lsn;

/** The checksum of a data page (checksum_impl.h). Thread-safe. */
public final class PageChecksum {
    /** Bytes of a data page (BLCKSZ, as every packaged PostgreSQL is built). */
    public static final int PAGE_BYTES = 8192;

    private PageChecksum() {}

    /** What the checksum of the page has to be, 1 to 65535. */
    public static int compute(byte[] bytes, int offset, long block) {
        throw new UnsupportedOperationException(bytes.length + " " + offset + " " + block);
    }

    /** Whether PostgreSQL would accept the page: right checksum, or new and all zeros. */
    public static boolean verify(byte[] bytes, int offset, long block) {
        return compute(bytes, offset, block) == 0;
    }

    /** The position behind the WAL record that changed the page last (pd_lsn). */
    public static Lsn lsn(byte[] bytes, int offset) {
        throw new UnsupportedOperationException(bytes.length + " " + offset);
    }
}
