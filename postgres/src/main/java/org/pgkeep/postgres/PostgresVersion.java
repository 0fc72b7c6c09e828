package org.pgkeep.postgres;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of PostgreSQL.
 *
 * @param major what has to agree between a data directory and the executables, such as 15
 * @param text the whole of it, such as {@code 15.18}
 */
public record PostgresVersion(int major, String text) implements Comparable<PostgresVersion> {
    /** The oldest major version pgkeep takes care of. */
    public static final int OLDEST_MAJOR = 13;

    /** The newest major version pgkeep takes care of. */
    public static final int NEWEST_MAJOR = 18;

    private static final Pattern NUMBER = Pattern.compile("(\\d+)(?:\\.(\\d+))?");

    /**
     * Reads {@code postgres --version}, {@code server_version} or a bare number: the first number
     * in the text.
     *
     * @throws IllegalArgumentException if there is no number in the text
     */
    public static PostgresVersion parse(String text) {
        Matcher found = NUMBER.matcher(text);
        if (!found.find()) {
            throw new IllegalArgumentException("not a PostgreSQL version: " + text);
        }
        return new PostgresVersion(Integer.parseInt(found.group(1)), found.group());
    }

    /** The number behind the dot; 0 where there is none (a development version). */
    public int minor() {
        Matcher found = NUMBER.matcher(text);
        return found.find() && found.group(2) != null ? Integer.parseInt(found.group(2)) : 0;
    }

    @Override
    public int compareTo(PostgresVersion other) {
        int byMajor = Integer.compare(major, other.major);
        return byMajor != 0 ? byMajor : Integer.compare(minor(), other.minor());
    }

    @Override
    public String toString() {
        return text;
    }
}
