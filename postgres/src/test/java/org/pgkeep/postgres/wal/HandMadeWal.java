package org.pgkeep.postgres.wal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.pgkeep.postgres.Lsn;

/** Writes WAL byte by byte as PostgreSQL would, with whatever faults a test wants. */
final class HandMadeWal {
    static final int SEGMENT_BYTES = 1 << 20;
    static final int MAGIC_15 = 0xD110;
    static final long SYSTEM = 7_654_321_987_654_321L;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final long start;
    private int magic = MAGIC_15;
    private int timeline = 1;
    private int nextFlags;

    /** Begins at a page's start. */
    HandMadeWal(String start) {
        this.start = Lsn.parse(start).value();
    }

    HandMadeWal timeline(int next) {
        timeline = next;
        return this;
    }

    HandMadeWal magic(int next) {
        magic = next;
        return this;
    }

    Lsn start() {
        return new Lsn(start);
    }

    Lsn position() {
        return new Lsn(start + out.size());
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Appends a whole record; returns where it starts. */
    Lsn record(int resourceManager, int info, int xid, byte[] body) {
        byte[] record = encode(resourceManager, info, xid, body);
        Lsn at = place(record, record.length);
        align();
        return at;
    }

    /** Appends a record of which a crash kept only the first bytes, up to a page's end. */
    Lsn cutRecord(byte[] body, int pages) {
        byte[] record = encode(10, 0, 77, body);
        header(0);
        int room = WalPages.PAGE_BYTES - inPage();
        int content = room + (pages - 1) * (WalPages.PAGE_BYTES - PageHeader.SHORT_BYTES);
        return place(record, content);
    }

    /** The next page begins with a record that replaces a cut one. */
    void overwriteFromHere() {
        nextFlags = PageHeader.FIRST_IS_OVERWRITE;
    }

    /** A segment switch and the zeros behind it. */
    Lsn switchSegment() {
        Lsn at = record(0, 0x40, 0, new byte[0]);
        zeros((int) (-position().value() & SEGMENT_BYTES - 1));
        return at;
    }

    void zeros(int count) {
        out.write(new byte[count], 0, count);
    }

    static byte[] encode(int resourceManager, int info, int xid, byte[] body) {
        int total = WalRecord.HEADER_BYTES + body.length;
        ByteBuffer record = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(0, total).putInt(4, xid);
        record.put(16, (byte) info).put(17, (byte) resourceManager);
        record.put(WalRecord.HEADER_BYTES, body);
        CRC32C crc = new CRC32C();
        crc.update(record.array(), WalRecord.HEADER_BYTES, body.length);
        crc.update(record.array(), 0, 20);
        record.putInt(20, (int) crc.getValue());
        return record.array();
    }

    private Lsn place(byte[] record, int length) {
        header(0);
        Lsn at = position();
        for (int done = 0; done < length; ) {
            header(record.length - done);
            int room = Math.min(WalPages.PAGE_BYTES - inPage(), length - done);
            out.write(record, done, room);
            done += room;
        }
        return at;
    }

    private void align() {
        zeros((int) (-position().value() & 7));
    }

    private int inPage() {
        return (int) (position().value() & WalPages.PAGE_BYTES - 1);
    }

    private void header(int remaining) {
        if (inPage() != 0) {
            return;
        }
        long page = position().value();
        int length = PageHeader.bytesAt(page, SEGMENT_BYTES);
        boolean longer = length == PageHeader.LONG_BYTES;
        ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        header.putShort((short) magic);
        header.putShort(
                (short)
                        (nextFlags
                                | (remaining > 0 ? PageHeader.FIRST_IS_CONTINUED : 0)
                                | (longer ? PageHeader.LONG_HEADER : 0)));
        header.putInt(timeline).putLong(page).putInt(remaining).putInt(0);
        if (longer) {
            header.putLong(SYSTEM).putInt(SEGMENT_BYTES).putInt(WalPages.PAGE_BYTES);
        }
        nextFlags = 0;
        out.write(header.array(), 0, length);
    }
}
