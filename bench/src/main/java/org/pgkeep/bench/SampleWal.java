package org.pgkeep.bench;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * One segment of WAL as PostgreSQL 15 writes it: page headers, records of usual sizes with right
 * CRCs that continue over pages and name blocks, every eighth of them a commit.
 * (access/xlog_internal.h, access/xlogrecord.h)
 */
final class SampleWal {
    /** Bytes of the segment. */
    static final int SEGMENT_BYTES = 16 << 20;

    /** Where it begins; the start of a segment. */
    static final long START = 0x1_0000_0000L;

    private static final int PAGE_BYTES = 8192;
    private static final int LONG_HEADER_BYTES = 40;
    private static final int SHORT_HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 24;
    private static final int CRC_OFFSET = 20;
    private static final int MAGIC_15 = 0xD110;
    private static final int FIRST_IS_CONTINUED = 1;
    private static final int LONG_HEADER = 2;
    private static final byte TRANSACTION = 1;
    private static final byte HEAP = 10;
    private static final byte SHORT_MAIN_DATA = (byte) 255;
    private static final byte HAS_IMAGE = 0x10;
    private static final byte HAS_DATA = 0x20;

    /** As 15 says it. */
    private static final byte HAS_HOLE_AND_APPLIES = 0x03;

    private static final int MAIN_DATA_BYTES = 14;

    private final SplittableRandom random;
    private final ByteBuffer segment =
            ByteBuffer.allocate(SEGMENT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int records;
    private int commits;

    SampleWal(long seed) {
        random = new SplittableRandom(seed);
        fill();
    }

    byte[] bytes() {
        return segment.array();
    }

    /** How many whole records it has. */
    int records() {
        return records;
    }

    /** How many of them are commits. */
    int commits() {
        return commits;
    }

    private void fill() {
        long previous = 0;
        int at = header(0, 0);
        while (true) {
            boolean commit = records % 8 == 7;
            byte[] record = commit ? commit(previous) : heap(previous);
            int next = put(at, record);
            if (next < 0) {
                return;
            }
            previous = START + at;
            records++;
            commits += commit ? 1 : 0;
            at = next;
        }
    }

    /** Writes a record; returns where the next begins, or -1 if this one does not fit. */
    private int put(int from, byte[] record) {
        int pagesCrossed = (from % PAGE_BYTES + record.length) / PAGE_BYTES + 1;
        if (from + record.length + pagesCrossed * SHORT_HEADER_BYTES + PAGE_BYTES > SEGMENT_BYTES) {
            return -1;
        }
        int at = from;
        int done = 0;
        while (done < record.length) {
            if (at % PAGE_BYTES == 0) {
                at = header(at, record.length - done);
            }
            int length = Math.min(record.length - done, PAGE_BYTES - at % PAGE_BYTES);
            segment.put(at, record, done, length);
            at += length;
            done += length;
        }
        at = at + 7 & -8;
        return at % PAGE_BYTES == 0 ? header(at, 0) : at;
    }

    /** Writes a page header; returns where the page's content begins. */
    private int header(int at, int remaining) {
        boolean first = at == 0;
        int flags = (first ? LONG_HEADER : 0) | (remaining > 0 ? FIRST_IS_CONTINUED : 0);
        segment.putShort(at, (short) MAGIC_15).putShort(at + 2, (short) flags);
        segment.putInt(at + 4, 1).putLong(at + 8, START + at).putInt(at + 16, remaining);
        if (first) {
            segment.putLong(at + 24, 7_000_000_000_000_000_000L);
            segment.putInt(at + 32, SEGMENT_BYTES).putInt(at + 36, PAGE_BYTES);
        }
        return at + (first ? LONG_HEADER_BYTES : SHORT_HEADER_BYTES);
    }

    /** Mostly changes of rows; now and then a full page. Of a hundred relations of 1 GiB. */
    private byte[] heap(long previous) {
        boolean image = random.nextInt(64) == 0;
        int data = image ? 6000 + random.nextInt(2000) : 20 + random.nextInt(180);
        int headers = 1 + 3 + (image ? 5 : 0) + 12 + 4 + 2;
        ByteBuffer record =
                record(
                        RECORD_HEADER_BYTES + headers + data + MAIN_DATA_BYTES,
                        previous,
                        HEAP,
                        (byte) 0);
        record.put((byte) 0).put(image ? HAS_IMAGE : HAS_DATA);
        record.putShort((short) (image ? 0 : data));
        if (image) {
            record.putShort((short) data).putShort((short) 500).put(HAS_HOLE_AND_APPLIES);
        }
        record.putInt(1663).putInt(5).putInt(16_384 + random.nextInt(100));
        record.putInt(random.nextInt(131_072));
        record.put(SHORT_MAIN_DATA).put((byte) MAIN_DATA_BYTES);
        while (record.remaining() >= Integer.BYTES) {
            record.putInt(random.nextInt(100_000));
        }
        return sealed(record);
    }

    private byte[] commit(long previous) {
        ByteBuffer record =
                record(RECORD_HEADER_BYTES + 2 + Long.BYTES, previous, TRANSACTION, (byte) 0);
        record.put(SHORT_MAIN_DATA).put((byte) Long.BYTES);
        record.putLong(800_000_000_000_000L + records * 1000L);
        return sealed(record);
    }

    private ByteBuffer record(int length, long previous, byte resourceManager, byte info) {
        ByteBuffer record = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt(length).putInt(1000 + records / 8).putLong(previous);
        record.put(info).put(resourceManager).putShort((short) 0).putInt(0);
        return record;
    }

    /** The record's bytes, with its CRC in place. */
    private static byte[] sealed(ByteBuffer record) {
        byte[] bytes = new byte[record.capacity()];
        record.get(0, bytes);
        CRC32C crc = new CRC32C();
        crc.update(bytes, RECORD_HEADER_BYTES, bytes.length - RECORD_HEADER_BYTES);
        crc.update(bytes, 0, CRC_OFFSET);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(CRC_OFFSET, (int) crc.getValue());
        return bytes;
    }
}
