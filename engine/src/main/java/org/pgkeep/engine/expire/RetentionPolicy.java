package org.pgkeep.engine.expire;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * How long what can be gone back to stays.
 *
 * @param window the recovery window: any moment in it can be restored. Nothing is kept less long,
 *     as long as there is room
 * @param least what the window may shrink to where room is bounded
 * @param weekly how many of the newest weeks keep their first backup
 * @param monthly how many of the newest months keep their first backup
 * @param yearly how many of the newest years keep their first backup
 */
public record RetentionPolicy(
        Duration window, Duration least, int weekly, int monthly, int yearly) {
    /** The setting that gives the window. */
    public static final String RETENTION = "retention";

    /** The setting that gives the least window. */
    public static final String RETENTION_MIN = "retentionMin";

    /** The setting that gives the age at which backups go. */
    public static final String RETENTION_MAX = "retentionMax";

    /** The setting that gives the number of weeks. */
    public static final String KEEP_WEEKLY = "keepWeekly";

    /** The setting that gives the number of months. */
    public static final String KEEP_MONTHLY = "keepMonthly";

    /** The setting that gives the number of years. */
    public static final String KEEP_YEARLY = "keepYearly";

    /**
     * The shortest window: shorter than a week, and a mistake on Friday is out of reach on Monday.
     */
    public static final Duration WINDOW_MIN = Duration.ofDays(7);

    /** The longest window; what is to stay longer is pinned or a long-term keep. */
    public static final Duration WINDOW_MAX = Duration.ofDays(35);

    /** Seven days, no long-term keeps. */
    public static final RetentionPolicy DEFAULT =
            new RetentionPolicy(WINDOW_MIN, WINDOW_MIN, 0, 0, 0);

    /** Refuses what is negative. */
    public RetentionPolicy {
        if (least.isNegative()
                || window.compareTo(least) < 0
                || weekly < 0
                || monthly < 0
                || yearly < 0) {
            throw new IllegalArgumentException(
                    "no retention: " + window + " " + weekly + " " + monthly + " " + yearly);
        }
    }

    /**
     * The policy that a server's settings say. Backups go at {@code retentionMax}; the window is
     * never shorter than {@code retentionMin}. The plain {@code retention} stands for both.
     *
     * @throws Failure BAD_ARGUMENT where they contradict themselves, or lie outside of 7 to 35 days
     */
    public static RetentionPolicy of(Map<String, String> settings) {
        Optional<Duration> both = span(settings, RETENTION);
        Optional<Duration> least = span(settings, RETENTION_MIN).or(() -> both);
        Duration most =
                span(settings, RETENTION_MAX).or(() -> both).or(() -> least).orElse(WINDOW_MIN);
        if (least.isPresent()
                && settings.containsKey(RETENTION_MAX)
                && least.get().compareTo(most) > 0) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "retention of at least " + words(least.get()) + " and at most " + words(most),
                    "give a " + RETENTION_MAX + " that is not shorter than the " + RETENTION_MIN);
        }
        Duration window = least.filter(it -> it.compareTo(most) > 0).orElse(most);
        return new RetentionPolicy(
                window,
                least.or(() ->
                                Optional.of(WINDOW_MIN)
                                        .filter(_ -> settings.containsKey(RETENTION_MAX)))
                        .filter(it -> it.compareTo(window) < 0)
                        .orElse(window),
                count(settings, KEEP_WEEKLY),
                count(settings, KEEP_MONTHLY),
                count(settings, KEEP_YEARLY));
    }

    /**
     * The same with a window that is shorter for want of room, and never shorter than the least.
     */
    public RetentionPolicy within(Duration shorter) {
        Duration to = shorter.compareTo(least) < 0 ? least : shorter;
        return to.compareTo(window) < 0
                ? new RetentionPolicy(to, least, weekly, monthly, yearly)
                : this;
    }

    private static int count(Map<String, String> settings, String key) {
        return Integer.parseInt(settings.getOrDefault(key, "0"));
    }

    private static Optional<Duration> span(Map<String, String> settings, String key) {
        String text = settings.get(key);
        if (text == null) {
            return Optional.empty();
        }
        long number;
        try {
            number = Long.parseLong(text.substring(0, text.length() - 1));
        } catch (RuntimeException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT, key + " can't be \"" + text + "\"", "write it like 7d", e);
        }
        Duration span = Duration.ofDays(text.endsWith("w") ? 7 * number : number);
        if (span.compareTo(WINDOW_MIN) < 0 || span.compareTo(WINDOW_MAX) > 0) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    key + " can't be " + text + ": the recovery window is 7 to 35 days",
                    "choose 7d to 35d; what is to stay longer can be pinned, or kept weekly,"
                            + " monthly or yearly");
        }
        return Optional.of(span);
    }

    private static String words(Duration span) {
        return span.toDays() + " days";
    }
}
