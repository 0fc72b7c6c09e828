package org.pgkeep.vault;

/**
 * Bytes [from, to) of a numbered stream; all three numbers are unsigned.
 *
 * @param stream which stream
 * @param from the first byte
 * @param to the byte behind the last, at most {@link #BYTES_MAX} further
 */
public record LogRange(int stream, long from, long to) implements Comparable<LogRange> {
    /** The most bytes of one piece of log. */
    public static final int BYTES_MAX = 16 << 20;

    /** Refuses an empty range and one that is too long. */
    public LogRange {
        if (Long.compareUnsigned(from, to) >= 0 || Long.compareUnsigned(to - from, BYTES_MAX) > 0) {
            throw new IllegalArgumentException(
                    "no range of a log: " + Long.toHexString(from) + " to " + Long.toHexString(to));
        }
    }

    /** The number of bytes, 1 to {@link #BYTES_MAX}. */
    public int length() {
        return (int) (to - from);
    }

    /** By stream, then by start, then by end. */
    @Override
    public int compareTo(LogRange other) {
        int order = Integer.compareUnsigned(stream, other.stream);
        order = order != 0 ? order : Long.compareUnsigned(from, other.from);
        return order != 0 ? order : Long.compareUnsigned(to, other.to);
    }
}
