package org.pgkeep.service.schedule;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * When a server's backups are taken by themselves: at the times of a schedule, or when the newest
 * gets older than an interval; and in which hours none is begun. Times that were missed, since the
 * service was down or in hours to avoid, are made up for once.
 */
public final class BackupTimes {
    /** The setting that tells how old the newest backup may get, in minutes. */
    public static final String INTERVAL = "fullBackupInterval";

    /** The setting that tells when, as a cron expression; or off, and the interval counts. */
    public static final String SCHEDULE = "fullBackupSchedule";

    /** The setting that tells when none is begun, such as {@code 08:00-18:00}; or off. */
    public static final String AVOID = "avoidWindow";

    /** The setting that tells by which clocks schedule and hours go; UTC if it is not there. */
    public static final String TIME_ZONE = "backupTimeZone";

    private static final String OFF = "off";
    private static final String WINDOW = "\\d{1,2}:\\d{2}-\\d{1,2}:\\d{2}";

    /** A day. */
    private static final String INTERVAL_DEFAULT = "1440";

    private final Duration interval;
    private final Optional<Cron> cron;
    private final List<Window> avoided;
    private final ZoneId zone;

    /** From, inclusive, to, exclusive; over midnight where it ends before it begins. */
    private record Window(LocalTime from, LocalTime to) {
        boolean holds(LocalTime time) {
            boolean behind = !time.isBefore(from);
            return from.isBefore(to) ? behind && time.isBefore(to) : behind || time.isBefore(to);
        }
    }

    private BackupTimes(Duration interval, Optional<Cron> cron, List<Window> avoided, ZoneId zone) {
        this.interval = interval;
        this.cron = cron;
        this.avoided = avoided;
        this.zone = zone;
    }

    /**
     * What a server's settings say.
     *
     * @throws Failure {@code BAD_ARGUMENT} if they make no sense
     */
    public static BackupTimes of(Map<String, String> settings) {
        String schedule = settings.getOrDefault(SCHEDULE, OFF);
        String avoid = settings.getOrDefault(AVOID, OFF);
        List<Window> avoided = new ArrayList<>();
        if (!avoid.equals(OFF)) {
            for (String each : avoid.split(",", -1)) {
                avoided.add(window(each.strip()));
            }
        }
        return new BackupTimes(
                Duration.ofMinutes(
                        Long.parseLong(settings.getOrDefault(INTERVAL, INTERVAL_DEFAULT))),
                schedule.equals(OFF) ? Optional.empty() : Optional.of(Cron.parse(schedule)),
                List.copyOf(avoided),
                zone(settings.getOrDefault(TIME_ZONE, "UTC")));
    }

    private static Window window(String text) {
        if (text.matches(WINDOW)) {
            String[] ends = text.split("-", 2);
            try {
                Window window = new Window(time(ends[0]), time(ends[1]));
                if (!window.from().equals(window.to())) {
                    return window;
                }
            } catch (DateTimeException e) {
                throw badWindow(text, e);
            }
        }
        throw badWindow(text, null);
    }

    private static LocalTime time(String text) {
        String[] parts = text.split(":", 2);
        int hour = Integer.parseInt(parts[0]);
        int minute = Integer.parseInt(parts[1]);
        return hour == 24 && minute == 0 ? LocalTime.MIDNIGHT : LocalTime.of(hour, minute);
    }

    private static Failure badWindow(
            String text, @org.jspecify.annotations.Nullable DateTimeException cause) {
        return new Failure(
                Code.BAD_ARGUMENT,
                "\"" + text + "\" are no hours to avoid",
                "write them like 08:00-18:00, several with commas, or off",
                cause);
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + text + "\" is no time zone",
                    "write it like Europe/Vienna or UTC",
                    e);
        }
    }

    /** Whether it is time for the next one. */
    public boolean isDue(Instant newestBegan, Instant now) {
        return cron.map(it -> it.next(newestBegan, zone).filter(at -> !at.isAfter(now)).isPresent())
                .orElseGet(() -> !newestBegan.plus(interval).isAfter(now));
    }

    /** Whether none is to be begun now. */
    public boolean isAvoided(Instant now) {
        LocalTime time = now.atZone(zone).toLocalTime();
        return avoided.stream().anyMatch(window -> window.holds(time));
    }
}
