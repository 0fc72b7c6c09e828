package org.pgkeep.postgres;

import java.util.HexFormat;

/**
 * A position in the write-ahead log: the number of bytes before it on its timeline, unsigned.
 *
 * @param value the position in bytes
 */
public record Lsn(long value) implements Comparable<Lsn> {
    /** The start of all WAL, and PostgreSQL's word for "none" (InvalidXLogRecPtr). */
    public static final Lsn ZERO = new Lsn(0);

    /**
     * Reads PostgreSQL's notation, two hexadecimal halves such as {@code 16/B374D848}.
     *
     * @throws IllegalArgumentException if the text is not in that notation
     */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 1 || slash > 8 || text.length() - slash < 2 || text.length() - slash > 9) {
            throw new IllegalArgumentException("not an LSN: " + text);
        }
        long high = HexFormat.fromHexDigitsToLong(text, 0, slash);
        long low = HexFormat.fromHexDigitsToLong(text, slash + 1, text.length());
        return new Lsn(high << 32 | low);
    }

    /** The position so many bytes further on. */
    public Lsn plus(long bytes) {
        return new Lsn(value + bytes);
    }

    /** The bytes from {@code earlier} to here; negative if it is in fact later. */
    public long minus(Lsn earlier) {
        return value - earlier.value;
    }

    /** The start of the segment or page of {@code bytes} (a power of two) that holds this byte. */
    public Lsn floor(int bytes) {
        return new Lsn(value & -(long) bytes);
    }

    /** Whether this position comes before the other. */
    public boolean isBefore(Lsn other) {
        return compareTo(other) < 0;
    }

    /** Whether this position comes after the other. */
    public boolean isAfter(Lsn other) {
        return compareTo(other) > 0;
    }

    /** The later of two positions. */
    public static Lsn max(Lsn a, Lsn b) {
        return a.isAfter(b) ? a : b;
    }

    /** The earlier of two positions. */
    public static Lsn min(Lsn a, Lsn b) {
        return a.isBefore(b) ? a : b;
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toHexString(value >>> 32).toUpperCase(java.util.Locale.ROOT)
                + "/"
                + Long.toHexString(value & 0xFFFF_FFFFL).toUpperCase(java.util.Locale.ROOT);
    }
}
