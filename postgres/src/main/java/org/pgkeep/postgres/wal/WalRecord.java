package org.pgkeep.postgres.wal;

import java.util.Arrays;
import java.util.Locale;
import org.pgkeep.postgres.Lsn;

/**
 * One WAL record whose CRC was right, as {@link WalReader} hands it over.
 *
 * <p>The bytes behind {@link #buffer()} belong to the reader or to whoever feeds it: they are valid
 * only until the consumer returns. Keep {@link #body()}, a copy, or a decoded {@link WalEvent}. The
 * layout of the header is that of XLogRecord (xlogrecord.h).
 */
public final class WalRecord {
    /** Bytes of the header in front of every record's body (XLogRecord). */
    public static final int HEADER_BYTES = 24;

    private final Lsn start;
    private final Lsn end;
    private final long xid;
    private final int info;
    private final int resourceManager;
    private final byte[] buffer;
    private final int offset;
    private final int length;

    WalRecord(Lsn start, Lsn end, byte[] buffer, int offset, int totalLength) {
        this.start = start;
        this.end = end;
        this.xid = LittleEndian.unsignedInt(buffer, offset + 4);
        this.info = buffer[offset + 16] & 0xFF;
        this.resourceManager = buffer[offset + 17] & 0xFF;
        this.buffer = buffer;
        this.offset = offset + HEADER_BYTES;
        this.length = totalLength - HEADER_BYTES;
    }

    /** The position of the record's first byte; what {@code pg_waldump} calls lsn. */
    public Lsn start() {
        return start;
    }

    /**
     * The position behind the record as PostgreSQL counts it (EndRecPtr): rounded up to 8 bytes; a
     * segment switch reaches to the end of its segment. {@code recovery_target_lsn} at this place
     * is not reached by this record.
     */
    public Lsn end() {
        return end;
    }

    /** The resource manager's id: 0 XLOG, 1 Transaction, 2 Storage, and so on (rmgrlist.h). */
    public int resourceManager() {
        return resourceManager;
    }

    /** The info byte; its upper four bits belong to the resource manager. */
    public int info() {
        return info;
    }

    /** The transaction in the header, unsigned; 0 if there is none. */
    public long xid() {
        return xid;
    }

    /** Bytes of the whole record, header included: {@code len (tot)} of {@code pg_waldump}. */
    public int totalLength() {
        return length + HEADER_BYTES;
    }

    /** Where the body stands, from {@link #offset()}; valid only until the consumer returns. */
    public byte[] buffer() {
        return buffer;
    }

    /** The index of the body's first byte in {@link #buffer()}. */
    public int offset() {
        return offset;
    }

    /** The body's length in bytes. */
    public int length() {
        return length;
    }

    /** A copy of the body: everything behind the header. */
    public byte[] body() {
        return Arrays.copyOfRange(buffer, offset, offset + length);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "record at %s, resource manager %d, info 0x%02X, xid %d, %d bytes",
                start,
                resourceManager,
                info,
                xid,
                totalLength());
    }
}
