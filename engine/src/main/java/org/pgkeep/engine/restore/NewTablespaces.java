package org.pgkeep.engine.restore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.pgkeep.engine.wal.MainDataStart;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.postgres.wal.WalRecord;

/**
 * Keeps replay away from the origin's tablespaces. The record of a CREATE TABLESPACE names a folder
 * of the origin's machine, which may be this one: replayed as it is, the new server would link to
 * that folder and write into the origin's files. Here the name is taken out of the record. For an
 * empty name PostgreSQL takes {@code pg_tblspc/OID} as it is (create_tablespace_directories in
 * tablespace.c, from 13.8 and 14.5 on; older ones end recovery with an error), and there a link to
 * the new server's own place can wait for it.
 *
 * <p>One owner thread, that feeds all WAL in order and then asks for what is to be overwritten.
 */
final class NewTablespaces {
    /** RM_TBLSPC_ID (rmgrlist.h) and XLOG_TBLSPC_CREATE (tablespace.h). */
    private static final int TABLESPACE = 5;

    private static final int CREATE = 0x00;
    private static final int RESOURCE_MANAGER_INFO = 0xF0;

    /** Where a record's CRC stands (XLogRecord in xlogrecord.h). */
    private static final int CRC_OFFSET = 20;

    /** The object id in front of the name (xl_tblspc_create_rec). */
    private static final int OID_BYTES = 4;

    private static final int LONG_PAGE_HEADER_BYTES = 40;
    private static final int SHORT_PAGE_HEADER_BYTES = 24;

    private final WalReader reader;
    private final int segmentBytes;
    private final Optional<Lsn> stopBefore;
    private final Map<String, String> made = new TreeMap<>();

    /** Records as they are to be, by their start. */
    private final SortedMap<Lsn, byte[]> rewritten = new TreeMap<>();

    NewTablespaces(Lsn from, Optional<Lsn> stopBefore, int segmentBytes) {
        this.stopBefore = stopBefore;
        this.reader = new WalReader(from, segmentBytes);
        this.segmentBytes = segmentBytes;
    }

    /** Takes the next bytes. */
    void feed(byte[] bytes, int offset, int length) {
        reader.feed(bytes, offset, length, this::look);
        if (reader.state() == WalReader.State.BROKEN) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the WAL to be replayed is not whole: " + reader.broken().orElse(""),
                    "restore a moment before it, or from another copy of the vault");
        }
    }

    private void look(WalRecord record) {
        if (record.resourceManager() == TABLESPACE
                && (record.info() & RESOURCE_MANAGER_INFO) == CREATE) {
            int begin = record.offset() - WalRecord.HEADER_BYTES;
            int data = MainDataStart.of(record) - begin;
            byte[] whole =
                    Arrays.copyOfRange(record.buffer(), begin, record.offset() + record.length());
            String location = textAt(whole, data + OID_BYTES);
            Arrays.fill(whole, data + OID_BYTES, whole.length, (byte) 0);
            CRC32C crc = new CRC32C();
            crc.update(whole, WalRecord.HEADER_BYTES, whole.length - WalRecord.HEADER_BYTES);
            crc.update(whole, 0, CRC_OFFSET);
            ByteBuffer.wrap(whole)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(CRC_OFFSET, (int) crc.getValue());
            rewritten.put(record.start(), whole);
            if (stopBefore.map(stop -> record.start().isBefore(stop)).orElse(true)) {
                int oid = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(data);
                made.put(Integer.toUnsignedString(oid), location);
            }
        }
    }

    private static String textAt(byte[] bytes, int from) {
        int to = from;
        while (to < bytes.length && bytes[to] != 0) {
            to++;
        }
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    /** The tablespaces that replay makes: where the origin put them, by their object ids. */
    Map<String, String> made() {
        return Map.copyOf(made);
    }

    /** Hands over what is to be overwritten, in runs that cross no page. */
    void rewrite(WalArchive.Sink into) {
        rewritten.forEach((start, bytes) -> {
            Lsn at = start;
            int done = 0;
            while (done < bytes.length) {
                Lsn pageEnd = at.floor(WalPages.PAGE_BYTES).plus(WalPages.PAGE_BYTES);
                int length = (int) Math.min(pageEnd.minus(at), bytes.length - done);
                into.accept(at, bytes, done, length);
                done += length;
                at = pageEnd.plus(headerBytes(pageEnd));
            }
        });
    }

    private int headerBytes(Lsn page) {
        return page.floor(segmentBytes).equals(page)
                ? LONG_PAGE_HEADER_BYTES
                : SHORT_PAGE_HEADER_BYTES;
    }
}
