package org.pgkeep.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells what happens: numbered steps, the commands that are typed, figures under each other. */
final class Narrator {
    private static final String INDENT = "    ";
    private static final int NAME_LETTERS = 22;

    private final PrintStream out;
    private int steps;

    Narrator(PrintStream out) {
        this.out = out;
    }

    /** A line of its own. */
    void line(String text) {
        out.println(text);
        out.flush();
    }

    /** The next step begins. */
    void step(String title) {
        steps++;
        line("");
        line(String.format(Locale.ROOT, "%2d. %s", steps, title));
    }

    /** A command is typed now. */
    void command(String words) {
        line(INDENT + "$ " + words);
    }

    /** A figure. */
    void figure(String name, String value) {
        line(INDENT + name + " ".repeat(Math.max(1, NAME_LETTERS - name.length())) + value);
    }

    /** A sentence within a step. */
    void remark(String text) {
        line(INDENT + text);
    }

    /** A size with its unit, as PostgreSQL counts: 1 kB is 1024 bytes. */
    static String bytes(long bytes) {
        if (bytes < 1024) {
            return bytes + " bytes";
        }
        double size = bytes / 1024.0;
        if (size < 1024) {
            return String.format(Locale.ROOT, "%.0f kB", size);
        }
        size /= 1024;
        return size < 1024
                ? String.format(Locale.ROOT, "%.1f MB", size)
                : String.format(Locale.ROOT, "%.2f GB", size / 1024);
    }

    /** A span: {@code 0.42 s}. */
    static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 1 ? "%.2f s" : "%.1f s", seconds);
    }

    /** A span. */
    static String seconds(Duration duration) {
        return seconds(duration.toMillis() / 1000.0);
    }

    /** {@code 12,345}. */
    static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
