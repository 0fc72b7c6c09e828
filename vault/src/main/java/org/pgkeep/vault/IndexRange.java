package org.pgkeep.vault;

/**
 * Bytes [from, to) of a numbered stream that an index object speaks of; all three numbers are
 * unsigned.
 *
 * @param stream which stream
 * @param from the first byte
 * @param to the byte behind the last
 */
public record IndexRange(int stream, long from, long to) implements Comparable<IndexRange> {
    /** Refuses an empty range. */
    public IndexRange {
        if (Long.compareUnsigned(from, to) >= 0) {
            throw new IllegalArgumentException(
                    "no range: " + Long.toHexString(from) + " to " + Long.toHexString(to));
        }
    }

    /** By stream, then by start, then by end. */
    @Override
    public int compareTo(IndexRange other) {
        int order = Integer.compareUnsigned(stream, other.stream);
        order = order != 0 ? order : Long.compareUnsigned(from, other.from);
        return order != 0 ? order : Long.compareUnsigned(to, other.to);
    }
}
