package org.pgkeep.vault;

import java.util.regex.Pattern;

/**
 * The name of an object: parts of {@code [A-Za-z0-9._-]+} joined by '/', such as {@code
 * packs/3f/3f1c…}. No part is {@code .} or {@code ..}; the first part is not {@code tmp}, which
 * belongs to the stores.
 *
 * @param text the whole name, at most 255 characters
 */
public record ObjectName(String text) implements Comparable<ObjectName> {
    private static final int CHARACTERS_MAX = 255;
    private static final Pattern WHOLE =
            Pattern.compile("(?!tmp(/|$))(?!\\.{1,2}(/|$))[\\w.-]+(/(?!\\.{1,2}(/|$))[\\w.-]+)*");

    /** Refuses what is no object name with an {@link IllegalArgumentException}. */
    public ObjectName {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not an object name: " + text);
        }
    }

    /** Whether the text can be the name of an object. */
    public static boolean isValid(String text) {
        return text.length() <= CHARACTERS_MAX && WHOLE.matcher(text).matches();
    }

    @Override
    public int compareTo(ObjectName other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
