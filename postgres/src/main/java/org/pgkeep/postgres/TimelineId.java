package org.pgkeep.postgres;

/**
 * The number of a timeline; the first one of a cluster is 1.
 *
 * @param value from 1 on
 */
public record TimelineId(int value) implements Comparable<TimelineId> {
    /** The timeline a freshly initialised cluster is on. */
    public static final TimelineId FIRST = new TimelineId(1);

    public TimelineId {
        if (value < 1) {
            throw new IllegalArgumentException("not a timeline: " + value);
        }
    }

    /** Reads a decimal number, as SQL and the wire give it. */
    public static TimelineId parse(String text) {
        return new TimelineId(Integer.parseInt(text));
    }

    /**
     * The name of the file that tells this timeline's ancestors, such as {@code 00000002.history}.
     */
    public String historyFileName() {
        return java.util.HexFormat.of().withUpperCase().toHexDigits(value) + ".history";
    }

    @Override
    public int compareTo(TimelineId other) {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
