package org.pgkeep.service.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * A cron expression of five fields: minute, hour, day of the month, month, day of the week. Each is
 * {@code *}, numbers, ranges and lists of them, with steps; months and days may be named by three
 * letters; both 0 and 7 are Sunday. Where both days are restricted, either will do, as in
 * crontab(5).
 *
 * <p>A time that the clocks jump over in spring is meant an hour later; one that comes twice in
 * autumn, at its first coming.
 */
final class Cron {
    private static final List<String> MONTHS =
            List.of(
                    "", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV",
                    "DEC");
    private static final List<String> DAYS =
            List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    /** From one 29 February to the next it is eight years at most. */
    private static final int YEARS_MAX = 9;

    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet days;
    private final BitSet months;
    private final BitSet weekdays;
    private final boolean anyDay;
    private final boolean anyWeekday;

    private Cron(String[] fields, String whole) {
        this.minutes = field(fields[0], 0, 59, List.of(), whole);
        this.hours = field(fields[1], 0, 23, List.of(), whole);
        this.days = field(fields[2], 1, 31, List.of(), whole);
        this.months = field(fields[3], 1, 12, MONTHS, whole);
        this.weekdays = field(fields[4], 0, 7, DAYS, whole);
        if (weekdays.get(7)) {
            weekdays.set(0);
        }
        this.anyDay = fields[2].startsWith("*");
        this.anyWeekday = fields[4].startsWith("*");
    }

    /**
     * Reads an expression.
     *
     * @throws Failure {@code BAD_ARGUMENT} if it is none, or never comes
     */
    static Cron parse(String text) {
        String[] fields = text.strip().split("\\s+", -1);
        if (fields.length != 5) {
            throw bad(text, "it has " + fields.length + " fields instead of 5");
        }
        Cron cron = new Cron(fields, text);
        if (cron.next(Instant.EPOCH, ZoneId.of("UTC")).isEmpty()) {
            throw bad(text, "it never comes");
        }
        return cron;
    }

    private static Failure bad(String text, String why) {
        return new Failure(
                Code.BAD_ARGUMENT,
                "\"" + text + "\" is no schedule: " + why,
                "write minute, hour, day, month and day of the week, such as \"30 2 * * *\" or"
                        + " \"0 22 * * SAT\"");
    }

    private static BitSet field(String text, int from, int to, List<String> names, String whole) {
        BitSet set = new BitSet();
        for (String part : text.toUpperCase(Locale.ROOT).split(",", -1)) {
            String[] stepped = part.split("/", -1);
            int step = stepped.length == 2 ? number(stepped[1], 1, to, List.of(), whole) : 1;
            String[] range = stepped[0].split("-", -1);
            if (stepped.length > 2 || range.length > 2) {
                throw bad(whole, "\"" + part + "\" makes no sense");
            }
            int first = from;
            int last = to;
            if (!stepped[0].equals("*")) {
                first = number(range[0], from, to, names, whole);
                last =
                        range.length == 2
                                ? number(range[1], from, to, names, whole)
                                : stepped.length == 2 ? to : first;
            }
            if (first > last) {
                throw bad(whole, "\"" + part + "\" ends before it begins");
            }
            for (int i = first; i <= last; i += step) {
                set.set(i);
            }
        }
        return set;
    }

    private static int number(String text, int from, int to, List<String> names, String whole) {
        int named = text.isEmpty() ? -1 : names.indexOf(text);
        int number = text.matches("\\d{1,2}") ? Integer.parseInt(text) : named;
        if (number < from || number > to) {
            throw bad(whole, "\"" + text + "\" is not from " + from + " to " + to);
        }
        return number;
    }

    /** When it comes first after that; empty if never. */
    Optional<Instant> next(Instant after, ZoneId zone) {
        LocalDateTime at =
                after.atZone(zone).toLocalDateTime().truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
        LocalDateTime end = at.plusYears(YEARS_MAX);
        while (at.isBefore(end)) {
            if (!months.get(at.getMonthValue())) {
                at = at.plusMonths(1).withDayOfMonth(1).truncatedTo(ChronoUnit.DAYS);
            } else if (!isDay(at)) {
                at = at.plusDays(1).truncatedTo(ChronoUnit.DAYS);
            } else if (!hours.get(at.getHour())) {
                at = at.plusHours(1).truncatedTo(ChronoUnit.HOURS);
            } else if (!minutes.get(at.getMinute()) || !isAfter(at, zone, after)) {
                at = at.plusMinutes(1);
            } else {
                return Optional.of(at.atZone(zone).toInstant());
            }
        }
        return Optional.empty();
    }

    /** False in the hour that comes twice, the second time. */
    private static boolean isAfter(LocalDateTime at, ZoneId zone, Instant after) {
        return at.atZone(zone).toInstant().isAfter(after);
    }

    private boolean isDay(LocalDateTime at) {
        boolean day = days.get(at.getDayOfMonth());
        boolean weekday = weekdays.get(at.getDayOfWeek().getValue() % 7);
        return (anyDay || anyWeekday) ? (day && weekday) : (day || weekday);
    }
}
