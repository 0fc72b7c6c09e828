package org.pgkeep.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/**
 * How far the work is, on standard error: one line that is redrawn where somebody looks, else a
 * line every ten seconds and at each new phase, so that a log tells what took how long. One thread.
 */
public final class ProgressLine implements AutoCloseable {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
    private static final int BAR_CELLS = 20;
    private static final int LINE_LETTERS = 78;

    private final PrintStream err;
    private final boolean live;
    private final InstantSource clock;
    private final Instant start;
    private Instant lastLine;
    private boolean drawn;

    /** Nothing is printed before the first {@link #show}. */
    public ProgressLine(Terminal terminal) {
        this.err = terminal.err();
        this.live = terminal.live();
        this.clock = terminal.clock();
        this.start = clock.instant();
        this.lastLine = start;
    }

    /**
     * Tells how far the phase is.
     *
     * @param phase what is being done, in a word or two
     * @param doneBytes what is done
     * @param totalBytes of how much; 0 where nobody knows
     */
    public void show(String phase, long doneBytes, long totalBytes) {
        Instant now = clock.instant();
        double elapsed = Duration.between(start, now).toMillis() / 1000.0;
        if (live) {
            String line = bar(phase, doneBytes, totalBytes, elapsed);
            err.print("\r" + line + " ".repeat(Math.max(0, LINE_LETTERS - line.length())));
            err.flush();
            drawn = true;
        } else if (Duration.between(lastLine, now).compareTo(BETWEEN_LINES) >= 0) {
            err.println(phase + ": " + amount(doneBytes, totalBytes) + Words.seconds(elapsed));
            lastLine = now;
        }
    }

    /** Takes the redrawn line away: what follows begins in the first column. */
    @Override
    public void close() {
        if (drawn) {
            err.print("\r" + " ".repeat(LINE_LETTERS) + "\r");
            err.flush();
            drawn = false;
        }
    }

    private static String bar(String phase, long done, long total, double elapsed) {
        if (total <= 0) {
            return phase + "  " + Words.seconds(elapsed);
        }
        int full = (int) (BAR_CELLS * Math.min(done, total) / total);
        return phase
                + "  ["
                + "#".repeat(full)
                + ".".repeat(BAR_CELLS - full)
                + "]  "
                + amount(done, total)
                + Words.seconds(elapsed);
    }

    private static String amount(long done, long total) {
        if (total <= 0) {
            return done <= 0 ? "" : Words.bytes(done) + ", ";
        }
        long percent = Math.round(100.0 * Math.min(done, total) / total);
        return String.format(
                Locale.ROOT, "%s of %s (%d %%), ", Words.bytes(done), Words.bytes(total), percent);
    }
}
