package org.pgkeep.service.moment;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Reads a moment in the past as people type it. A pure function of the text, the present and the
 * user's time zone.
 *
 * <p>Understood are:
 *
 * <ul>
 *   <li>ISO 8601: {@code 2019-09-06T21:00:10.87966Z}, with a blank for the {@code T}, with an
 *       offset ({@code +02}, {@code +0200}, {@code +02:00}), a region ({@code Europe/Berlin}), or
 *       neither: then it is local time;
 *   <li>{@code 06 Sep, 2019 21:00} and {@code Sep 6, 2019 21:00}, months in English, short or in
 *       full;
 *   <li>{@code 06 Sep 21:00}: the latest such day that is not in the future;
 *   <li>{@code 21:00}, {@code 9:00 pm}, {@code 9 pm}: today or, if that is still to come,
 *       yesterday;
 *   <li>spans counted back from now: {@code 90s 30m 6h 1.5h 2.5d 1w} and sums of them such as
 *       {@code 1h30m}. A day is 24 hours and a week 7 days, whatever the clocks do.
 * </ul>
 *
 * <p>Every time of day may carry seconds, a fraction of up to nine digits, and an offset or a
 * region. Results are in microseconds, PostgreSQL's own resolution; finer digits are cut off, which
 * changes nothing, as no commit lies between.
 *
 * <p><b>When the clocks change.</b> A local time that occurred twice means the first of the two: a
 * restore that ends too early holds nothing that should not be there. The offset ({@code +01:00})
 * names the other one. A local time that never was is refused, with its neighbours named.
 *
 * <p>Refused as well: a moment later than now, a date without a time of day, a year of two digits,
 * and short names of zones other than UTC and GMT, because several places share each of them.
 */
public final class MomentParser {
    private static final String TIME =
            "(?<hour>\\d{1,2})(?::(?<minute>\\d{2})(?::(?<second>\\d{2})"
                    + "(?:[.,](?<fraction>\\d{1,9}))?)?)?(?:\\s*(?<half>[ap])\\.?m\\.?(?![a-z]))?";
    private static final String ZONE =
            "(?:\\s*(?<offset>z|utc|gmt|[+-]\\d{2}(?::?\\d{2})?))?"
                    + "(?:\\s*\\[?(?<region>[a-z_]+/[a-z0-9_+/-]+)\\]?)?";
    private static final String MONTH = "(?<month>[a-z]{3,9})\\.?";
    private static final String DAY = "(?<day>\\d{1,2})";
    private static final String YEAR = "(?:,?\\s*(?<year>\\d{4}))?,?";

    private static final Pattern ISO =
            Pattern.compile("(?<date>\\d{4}-\\d{2}-\\d{2})(?:t|\\s+)" + TIME + ZONE);
    private static final Pattern DAY_FIRST =
            Pattern.compile(DAY + "\\s+" + MONTH + YEAR + "\\s+" + TIME + ZONE);
    private static final Pattern MONTH_FIRST =
            Pattern.compile(MONTH + "\\s+" + DAY + YEAR + "\\s+" + TIME + ZONE);
    private static final Pattern TIME_ONLY = Pattern.compile(TIME + ZONE);
    private static final Pattern SPAN =
            Pattern.compile("(?:\\d{1,9}(?:\\.\\d{1,9})?\\s*[smhdw]\\s*)+");
    private static final Pattern SPAN_PART =
            Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)\\s*([smhdw])");

    private static final List<String> MONTHS =
            List.of(
                    "january",
                    "february",
                    "march",
                    "april",
                    "may",
                    "june",
                    "july",
                    "august",
                    "september",
                    "october",
                    "november",
                    "december");

    /** 29 February may be eight years back (1896 to 1904, 2096 to 2104). */
    private static final int YEARS_BACK_MAX = 8;

    private static final String FORMATS =
            "write it like 2019-09-06T21:00:10.87966Z, '06 Sep, 2019 21:00', '06 Sep 21:00',"
                    + " '9:00 pm', or a span back from now like 30m, 1.5h, 2d, 1w";

    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ISO_LOCAL_DATE_TIME;

    private MomentParser() {}

    /**
     * Reads a moment.
     *
     * @param text as typed
     * @param now the present; no result is later
     * @param userZone the zone in which times without one are meant
     * @throws Failure {@code BAD_ARGUMENT} when the text can't be understood or names a local time
     *     that never was, {@code MOMENT_IN_FUTURE} when it is later than now
     */
    public static Instant parse(String text, Instant now, ZoneId userZone) {
        String words = text.strip().toLowerCase(Locale.ROOT);
        if (SPAN.matcher(words).matches()) {
            return back(words, now);
        }
        Instant moment = new Reading(text, words, now, userZone).instant();
        if (moment.isAfter(now)) {
            throw inFuture(text, moment, now);
        }
        return moment;
    }

    /** The failure that tells of a moment later than now. */
    private static Failure inFuture(String text, Instant moment, Instant now) {
        return new Failure(
                Code.MOMENT_IN_FUTURE,
                "\"" + text.strip() + "\" is " + moment + ", which is still to come",
                "name a moment up to now, " + now.truncatedTo(ChronoUnit.SECONDS));
    }

    private static Instant back(String words, Instant now) {
        BigDecimal seconds = BigDecimal.ZERO;
        Matcher part = SPAN_PART.matcher(words);
        while (part.find()) {
            seconds =
                    seconds.add(
                            new BigDecimal(part.group(1))
                                    .multiply(BigDecimal.valueOf(secondsIn(part.group(2)))));
        }
        BigDecimal micros = seconds.movePointRight(6).setScale(0, RoundingMode.HALF_UP);
        return now.minus(micros.longValueExact(), ChronoUnit.MICROS).truncatedTo(ChronoUnit.MICROS);
    }

    private static long secondsIn(String unit) {
        return switch (unit) {
            case "s" -> 1;
            case "m" -> 60;
            case "h" -> 3_600;
            case "d" -> 86_400;
            case "w" -> 604_800;
            default -> throw new IllegalArgumentException("no unit of time: " + unit);
        };
    }

    /** One text being read as a date and a time of day. */
    private record Reading(String text, String words, Instant now, ZoneId userZone) {
        Instant instant() {
            for (Pattern pattern : List.of(ISO, DAY_FIRST, MONTH_FIRST, TIME_ONLY)) {
                Matcher found = pattern.matcher(words);
                if (found.matches()) {
                    Instant moment = dated(pattern, found);
                    return moment.truncatedTo(ChronoUnit.MICROS);
                }
            }
            throw new Failure(
                    Code.BAD_ARGUMENT, "can't read \"" + text.strip() + "\" as a moment", FORMATS);
        }

        private Instant dated(Pattern pattern, Matcher found) {
            LocalTime time = time(found);
            ZoneId zone = zone(found);
            Optional<ZoneOffset> offset = offset(found, zone);
            if (pattern == TIME_ONLY) {
                return latestDay(time, zone, offset);
            }
            if (pattern == ISO) {
                return at(date(found.group("date")).atTime(time), zone, offset);
            }
            int month = month(found.group("month"));
            int day = Integer.parseInt(found.group("day"));
            String year = found.group("year");
            if (year == null) {
                return latestYear(month, day, time, zone, offset);
            }
            LocalDate date =
                    day(YearMonth.of(Integer.parseInt(year), month), day)
                            .orElseThrow(() -> noSuchDay(found));
            return at(date.atTime(time), zone, offset);
        }

        private Failure noSuchDay(Matcher found) {
            return new Failure(
                    Code.BAD_ARGUMENT,
                    "there is no " + found.group("day") + " " + found.group("month") + " that year",
                    FORMATS);
        }

        private LocalTime time(Matcher found) {
            String half = found.group("half");
            int hour = Integer.parseInt(found.group("hour"));
            if (half == null && found.group("minute") == null) {
                throw bad("it has an hour but no minutes");
            }
            if (half != null) {
                if (hour < 1 || hour > 12) {
                    throw bad("the hour before am or pm goes from 1 to 12");
                }
                hour = hour % 12 + (half.equals("p") ? 12 : 0);
            }
            int minute = number(found.group("minute"));
            int second = number(found.group("second"));
            if (hour > 23 || minute > 59 || second > 59) {
                throw bad("there is no such time of day");
            }
            String fraction = found.group("fraction");
            int nanos =
                    fraction == null
                            ? 0
                            : Integer.parseInt(fraction + "0".repeat(9 - fraction.length()));
            return LocalTime.of(hour, minute, second, nanos);
        }

        private ZoneId zone(Matcher found) {
            String region = found.group("region");
            if (region == null) {
                return offset(found.group("offset")).map(ZoneId.class::cast).orElse(userZone);
            }
            // Names of regions are case-sensitive in java.time, and people's typing is not.
            return ZoneId.getAvailableZoneIds().stream()
                    .filter(id -> id.equalsIgnoreCase(region))
                    .findFirst()
                    .map(ZoneId::of)
                    .orElseThrow(() -> bad("there is no time zone " + region));
        }

        private Optional<ZoneOffset> offset(Matcher found, ZoneId zone) {
            Optional<ZoneOffset> offset = offset(found.group("offset"));
            return offset.isPresent() || !(zone instanceof ZoneOffset fixed)
                    ? offset
                    : Optional.of(fixed);
        }

        private Optional<ZoneOffset> offset(@Nullable String offset) {
            if (offset == null) {
                return Optional.empty();
            }
            if (!offset.startsWith("+") && !offset.startsWith("-")) {
                return Optional.of(ZoneOffset.UTC);
            }
            try {
                return Optional.of(ZoneOffset.of(offset));
            } catch (DateTimeException e) {
                throw bad("there is no offset " + offset);
            }
        }

        private LocalDate date(String iso) {
            try {
                return LocalDate.parse(iso);
            } catch (DateTimeException e) {
                throw bad("there is no such day");
            }
        }

        private int month(String name) {
            for (String full : MONTHS) {
                // three letters tell the months apart; more must not contradict ("sept" is fine)
                if (full.startsWith(name)) {
                    return MONTHS.indexOf(full) + 1;
                }
            }
            throw bad("there is no month " + name);
        }

        private Instant latestDay(LocalTime time, ZoneId zone, Optional<ZoneOffset> offset) {
            LocalDate today = LocalDate.ofInstant(now, offset.isPresent() ? offset.get() : zone);
            LocalDateTime candidate = today.atTime(time);
            return isToCome(candidate, zone, offset)
                    ? at(candidate.minusDays(1), zone, offset)
                    : at(candidate, zone, offset);
        }

        private Instant latestYear(
                int month, int day, LocalTime time, ZoneId zone, Optional<ZoneOffset> offset) {
            int thisYear =
                    LocalDate.ofInstant(now, offset.isPresent() ? offset.get() : zone).getYear();
            for (int year = thisYear; year >= thisYear - YEARS_BACK_MAX; year--) {
                Optional<LocalDate> date = day(YearMonth.of(year, month), day);
                if (date.isPresent() && !isToCome(date.get().atTime(time), zone, offset)) {
                    return at(date.get().atTime(time), zone, offset);
                }
            }
            throw bad("there is no such day");
        }

        private static Optional<LocalDate> day(YearMonth month, int day) {
            return month.isValidDay(day) ? Optional.of(month.atDay(day)) : Optional.empty();
        }

        /** A local time that never was counts as the instant at which the clocks jumped over it. */
        private boolean isToCome(LocalDateTime local, ZoneId zone, Optional<ZoneOffset> offset) {
            ZoneOffsetTransition change = zone.getRules().getTransition(local);
            if (offset.isEmpty() && change != null && change.isGap()) {
                return change.getInstant().isAfter(now);
            }
            return at(local, zone, offset).isAfter(now);
        }

        private Instant at(LocalDateTime local, ZoneId zone, Optional<ZoneOffset> offset) {
            if (offset.isPresent()) {
                if (!zone.getRules().isValidOffset(local, offset.get())) {
                    throw bad(zone + " was not at " + offset.get() + " then");
                }
                return local.toInstant(offset.get());
            }
            ZoneOffsetTransition change = zone.getRules().getTransition(local);
            if (change != null && change.isGap()) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        LOCAL.format(local)
                                + " never was in "
                                + zone
                                + ": the clocks went from "
                                + LOCAL.format(change.getDateTimeBefore())
                                + " to "
                                + LOCAL.format(change.getDateTimeAfter()),
                        "name a moment before "
                                + LOCAL.format(change.getDateTimeBefore())
                                + " or from "
                                + LOCAL.format(change.getDateTimeAfter())
                                + " on, or give an offset, as in "
                                + LOCAL.format(local)
                                + change.getOffsetBefore());
            }
            // ofLocal takes the earlier of two valid offsets, which is the first of two occurrences
            return local.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
        }

        private static int number(@Nullable String digits) {
            return digits == null ? 0 : Integer.parseInt(digits);
        }

        private Failure bad(String why) {
            return new Failure(
                    Code.BAD_ARGUMENT,
                    "can't read \"" + text.strip() + "\" as a moment: " + why,
                    FORMATS);
        }
    }
}
