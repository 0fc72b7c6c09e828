package org.pgkeep.postgres.wal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.pgkeep.postgres.RelationFile;

/**
 * Reads a record's main data from front to back. In the body it stands last, behind the headers
 * that tell its length (xlogrecord.h). Reading past its end throws BufferUnderflowException.
 */
final class MainData {
    private static final int BLOCK_ID_DATA_SHORT = 255;
    private static final int BLOCK_ID_DATA_LONG = 254;
    private static final int BLOCK_ID_ORIGIN = 253;
    private static final int BLOCK_ID_TOPLEVEL_XID = 252;

    /** 2000-01-01 00:00 UTC, from where PostgreSQL counts microseconds. */
    private static final long EPOCH_SECONDS = 946_684_800;

    private static final long MICROS_PER_SECOND = 1_000_000;

    private final ByteBuffer data;

    private MainData(ByteBuffer data) {
        this.data = data;
    }

    /**
     * The main data of a record without block references; empty if it has none.
     *
     * @throws IllegalArgumentException if it has block references
     */
    static MainData of(WalRecord record) {
        ByteBuffer body =
                ByteBuffer.wrap(record.buffer(), record.offset(), record.length())
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
        while (body.hasRemaining()) {
            int id = body.get() & 0xFF;
            switch (id) {
                case BLOCK_ID_DATA_SHORT -> {
                    return last(body, body.get() & 0xFF);
                }
                case BLOCK_ID_DATA_LONG -> {
                    return last(body, body.getInt());
                }
                case BLOCK_ID_ORIGIN -> body.getShort();
                case BLOCK_ID_TOPLEVEL_XID -> body.getInt();
                default -> throw new IllegalArgumentException("a block reference, id " + id);
            }
        }
        return new MainData(body);
    }

    private static MainData last(ByteBuffer body, int length) {
        if (length != body.remaining()) {
            throw new IllegalArgumentException(
                    "main data of " + length + " bytes in " + body.remaining());
        }
        return new MainData(body.slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    boolean flag() {
        return data.get() != 0;
    }

    int unsignedShort() {
        return data.getShort() & 0xFFFF;
    }

    int signedInt() {
        return data.getInt();
    }

    long unsignedInt() {
        return data.getInt() & 0xFFFF_FFFFL;
    }

    long signedLong() {
        return data.getLong();
    }

    /** TimestampTz: microseconds since 2000. */
    Instant timestamp() {
        long micros = data.getLong();
        return Instant.ofEpochSecond(
                EPOCH_SECONDS + Math.floorDiv(micros, MICROS_PER_SECOND),
                Math.floorMod(micros, MICROS_PER_SECOND) * 1000);
    }

    /** RelFileLocator: tablespace, database, relation. */
    RelationFile relation() {
        return new RelationFile(data.getInt(), data.getInt(), data.getInt());
    }

    List<RelationFile> relations(int count) {
        requireItems(count, 3 * Integer.BYTES);
        List<RelationFile> relations = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            relations.add(relation());
        }
        return relations;
    }

    List<Long> transactions(int count) {
        requireItems(count, Integer.BYTES);
        List<Long> transactions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            transactions.add(unsignedInt());
        }
        return transactions;
    }

    List<Integer> objectIds(int count) {
        requireItems(count, Integer.BYTES);
        List<Integer> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(data.getInt());
        }
        return ids;
    }

    /** A text that ends with a NUL, at most so many bytes long with it. */
    String text(int bytesMax) {
        int from = data.position();
        for (int length = 0; length < bytesMax; length++) {
            if (data.get() == 0) {
                byte[] text = new byte[length];
                data.get(from, text);
                return new String(text, StandardCharsets.UTF_8);
            }
        }
        throw new IllegalArgumentException("a text without end");
    }

    void skip(int bytes) {
        requireItems(bytes, 1);
        data.position(data.position() + bytes);
    }

    void skipItems(int count, int itemBytes) {
        requireItems(count, itemBytes);
        data.position(data.position() + count * itemBytes);
    }

    /** Goes on to the next multiple of 8 bytes (MAXALIGN), or to the end. */
    void align() {
        data.position(Math.min(data.limit(), data.position() + 7 & ~7));
    }

    private void requireItems(int count, int itemBytes) {
        if (count < 0 || (long) count * itemBytes > data.remaining()) {
            throw new BufferUnderflowException();
        }
    }
}
