package org.pgkeep.vault;

import java.nio.charset.StandardCharsets;

/**
 * What a path in a tree may be. A restore creates what the paths say, so a path that leads out of
 * the root is refused here, where no reader can go round it.
 */
final class TreePaths {
    /** Linux's PATH_MAX. */
    static final int BYTES_MAX = 4096;

    private TreePaths() {}

    static void check(String path, boolean rootAllowed) {
        if (path.isEmpty() && rootAllowed) {
            return;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new IllegalArgumentException("not a path below the root: " + path);
            }
        }
        checkText(path);
    }

    static void checkTarget(String target) {
        if (target.isEmpty()) {
            throw new IllegalArgumentException("a link to nothing");
        }
        checkText(target);
    }

    static void checkMode(int mode) {
        if (mode < 0 || mode > 0xFFFF) {
            throw new IllegalArgumentException("not a mode: " + mode);
        }
    }

    private static void checkText(String text) {
        if (text.indexOf('\0') >= 0
                || text.length() > BYTES_MAX
                || !StandardCharsets.UTF_8.newEncoder().canEncode(text)
                || text.getBytes(StandardCharsets.UTF_8).length > BYTES_MAX) {
            throw new IllegalArgumentException("not a name that can be kept: " + text);
        }
    }
}
