package org.pgkeep.places;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.PlaceAddress;

/**
 * So many bytes per second in one direction, on the average: an object goes as fast as the line
 * allows, and the next waits until the time it should have taken is over. A lull is not saved up
 * for longer than {@link #BURST}. The state, the moment up to which the bandwidth is spent, is
 * guarded by the object's lock; nobody waits while holding it.
 */
final class Bandwidth {
    private static final Duration BURST = Duration.ofSeconds(1);
    private static final double NANOS = 1e9;
    private static final Pattern RATE = Pattern.compile("(\\d{1,12})\\s*(|K|M|G|Ki|Mi|Gi)B?(/s)?");

    private final long bytesPerSecond;
    private final Ticker ticker;
    private long spentUntil;

    Bandwidth(long bytesPerSecond, Ticker ticker) {
        if (bytesPerSecond <= 0) {
            throw new IllegalArgumentException("no bandwidth: " + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
        this.ticker = ticker;
        this.spentUntil = ticker.nanos() - BURST.toNanos();
    }

    /**
     * What an address says, {@code 20MiB} or {@code 500K}; empty for no limit.
     *
     * @throws Failure {@code BAD_ARGUMENT}
     */
    static Optional<Bandwidth> of(PlaceAddress address, String option, Ticker ticker) {
        return address.option(option)
                .map(text -> {
                    Matcher rate = RATE.matcher(text);
                    long bytes =
                            rate.matches()
                                    ? Long.parseLong(rate.group(1)) * unit(rate.group(2))
                                    : 0;
                    if (bytes <= 0) {
                        throw new Failure(
                                Code.BAD_ARGUMENT,
                                "\"" + text + "\" is no rate for the option " + option,
                                "write bytes per second, such as 500K, 20MiB or 1GiB");
                    }
                    return new Bandwidth(bytes, ticker);
                });
    }

    private static long unit(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "k" -> 1_000L;
            case "m" -> 1_000_000L;
            case "g" -> 1_000_000_000L;
            case "ki" -> 1L << 10;
            case "mi" -> 1L << 20;
            case "gi" -> 1L << 30;
            default -> 1L;
        };
    }

    /** Waits until what others took is paid for, and takes so many bytes. */
    void take(long bytes) throws InterruptedException {
        Duration wait = book(bytes);
        if (wait.isPositive()) {
            ticker.pause(wait);
        }
    }

    /** Books the bytes; the answer is how long to wait before they may go. */
    synchronized Duration book(long bytes) {
        long now = ticker.nanos();
        long from = Math.max(spentUntil, now - BURST.toNanos());
        spentUntil = from + (long) (bytes * NANOS / bytesPerSecond);
        return Duration.ofNanos(Math.max(0, from - now));
    }
}
