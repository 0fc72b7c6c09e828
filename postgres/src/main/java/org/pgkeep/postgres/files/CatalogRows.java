package org.pgkeep.postgres.files;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Names out of the files of system catalogs, without a server: pg_class, pg_namespace and
 * pg_database begin alike in 13 to 18, with columns of fixed width (pg_class.h, pg_namespace.h,
 * pg_database.h; pages: bufpage.h, htup_details.h).
 *
 * <p>Rows are taken whether they are visible or not: what a file was called before it was replaced
 * is worth knowing. Of several rows for one thing one that was not deleted counts.
 */
public final class CatalogRows {
    /** The catalogs' object ids. */
    public static final int PG_CLASS = 1259;

    /** pg_namespace. */
    public static final int PG_NAMESPACE = 2615;

    /** pg_database. */
    public static final int PG_DATABASE = 1262;

    private static final int PAGE_BYTES = 8192;
    private static final int PAGE_HEADER_BYTES = 24;
    private static final int LOWER = 12;
    private static final int NORMAL = 1;
    private static final int NAME_BYTES = 64;

    private static final int INFOMASK = 20;
    private static final int HEADER_OFFSET = 22;
    private static final int HEADER_BYTES_MIN = 23;
    private static final int XMAX_INVALID = 0x0800;

    private static final int NAME = 4;
    private static final int CLASS_NAMESPACE = 68;
    private static final int CLASS_FILE = 88;
    private static final int CLASS_BYTES = 96;

    /** RELMAPPER_FILEMAGIC (relmapper.c). */
    private static final int MAP_MAGIC = 0x592717;

    private CatalogRows() {}

    /**
     * A row of pg_class.
     *
     * @param id its object id
     * @param namespace the object id of its schema
     * @param file its relfilenode; 0 for those that the relation map tells
     */
    public record Relation(int id, String name, int namespace, int file) {}

    @FunctionalInterface
    private interface Rows {
        void row(ByteBuffer row, boolean kept);
    }

    /** The rows of pg_class, those that were deleted first. */
    public static List<Relation> relations(byte[] file) {
        List<Relation> deleted = new ArrayList<>();
        List<Relation> kept = new ArrayList<>();
        eachRow(
                file,
                CLASS_BYTES,
                (row, isKept) ->
                        (isKept ? kept : deleted)
                                .add(
                                        new Relation(
                                                row.getInt(0),
                                                name(row),
                                                row.getInt(CLASS_NAMESPACE),
                                                row.getInt(CLASS_FILE))));
        deleted.addAll(kept);
        return deleted;
    }

    /** Names by object id, of pg_namespace or pg_database. */
    public static Map<Integer, String> names(byte[] file) {
        Map<Integer, String> names = new HashMap<>();
        eachRow(
                file,
                NAME + NAME_BYTES,
                (row, kept) -> {
                    if (kept) {
                        names.put(row.getInt(0), name(row));
                    } else {
                        names.putIfAbsent(row.getInt(0), name(row));
                    }
                });
        return names;
    }

    /** The relfilenode by object id that a relation map ({@code pg_filenode.map}) tells. */
    public static Map<Integer, Integer> mappings(byte[] file) {
        ByteBuffer map = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, Integer> mappings = new HashMap<>();
        if (map.remaining() >= 8 && map.getInt() == MAP_MAGIC) {
            for (int left = map.getInt(); left > 0 && map.remaining() >= 8; left--) {
                mappings.put(map.getInt(), map.getInt());
            }
        }
        return mappings;
    }

    private static void eachRow(byte[] file, int bytesMin, Rows rows) {
        for (int page = 0; page + PAGE_BYTES <= file.length; page += PAGE_BYTES) {
            ByteBuffer bytes =
                    ByteBuffer.wrap(file, page, PAGE_BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
            int lower = Math.min(bytes.getShort(LOWER) & 0xFFFF, PAGE_BYTES);
            for (int at = PAGE_HEADER_BYTES; at + 4 <= lower; at += 4) {
                int pointer = bytes.getInt(at);
                int offset = pointer & 0x7FFF;
                int length = pointer >>> 17;
                boolean normal = (pointer >>> 15 & 3) == NORMAL;
                if (!normal || length < HEADER_BYTES_MIN || offset + length > PAGE_BYTES) {
                    continue;
                }
                int header = bytes.get(offset + HEADER_OFFSET) & 0xFF;
                if (header + bytesMin <= length) {
                    boolean kept = (bytes.getShort(offset + INFOMASK) & XMAX_INVALID) != 0;
                    ByteBuffer row =
                            bytes.slice(offset + header, length - header)
                                    .order(ByteOrder.LITTLE_ENDIAN);
                    rows.row(row, kept);
                }
            }
        }
    }

    private static String name(ByteBuffer row) {
        byte[] name = new byte[NAME_BYTES];
        row.get(NAME, name);
        int length = 0;
        while (length < NAME_BYTES && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }
}
