package org.pgkeep.service.moment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class MomentParserTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    /** A Saturday noon in Berlin's winter. */
    private static final Instant NOW = Instant.parse("2019-12-14T11:00:00.123456789Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2019-09-06T21:00:10.87966Z        | 2019-09-06T21:00:10.879660Z",
                "2019-09-06t21:00:10.87966z        | 2019-09-06T21:00:10.879660Z",
                "2019-09-06T21:00:10,87966Z        | 2019-09-06T21:00:10.879660Z",
                "2019-09-06 21:00:10.87966+00      | 2019-09-06T21:00:10.879660Z",
                "2019-09-06T21:00:10.123456999Z    | 2019-09-06T21:00:10.123456Z",
                "2019-09-06T21:00Z                 | 2019-09-06T21:00:00Z",
                "2019-09-06 21:00 UTC              | 2019-09-06T21:00:00Z",
                "2019-09-06T21:00:10+02:00         | 2019-09-06T19:00:10Z",
                "2019-09-06T21:00:10+0530          | 2019-09-06T15:30:10Z",
                "2019-09-06T21:00:10-03            | 2019-09-07T00:00:10Z",
                "2019-09-06T21:00 America/New_York | 2019-09-07T01:00:00Z",
                "2019-09-06T21:00 america/new_york | 2019-09-07T01:00:00Z",
                "2019-09-06T21:00-04:00[America/New_York] | 2019-09-07T01:00:00Z",
                "2019-09-06T21:00:10.87966         | 2019-09-06T19:00:10.879660Z",
                "2019-09-06 21:00                  | 2019-09-06T19:00:00Z",
                "2019-12-06 21:00                  | 2019-12-06T20:00:00Z",
                "2019-12-06 9:05 pm                | 2019-12-06T20:05:00Z",
                "  2019-09-06 21:00                | 2019-09-06T19:00:00Z",
            })
    void readsIsoTimes(String text, Instant expected) {
        assertThat(MomentParser.parse(text, NOW, BERLIN)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "06 Sep, 2019 21:00           | 2019-09-06T19:00:00Z",
                "6 sep 2019 21:00             | 2019-09-06T19:00:00Z",
                "6 Sept. 2019, 21:00          | 2019-09-06T19:00:00Z",
                "06 September, 2019 9:00 pm   | 2019-09-06T19:00:00Z",
                "Sep 06, 2019 21:00           | 2019-09-06T19:00:00Z",
                "06 Sep, 2019 21:00:10.87966  | 2019-09-06T19:00:10.879660Z",
                "06 Sep, 2019 21:00 UTC       | 2019-09-06T21:00:00Z",
                "06 Sep, 2019 21:00 +05:30    | 2019-09-06T15:30:00Z",
                "29 Feb, 2016 00:00 UTC       | 2016-02-29T00:00:00Z",
            })
    void readsDaysWithAYear(String text, Instant expected) {
        assertThat(MomentParser.parse(text, NOW, BERLIN)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "06 Sep 21:00   | 2019-09-06T19:00:00Z",
                "Sep 6 21:00    | 2019-09-06T19:00:00Z",
                "14 Dec 12:00   | 2019-12-14T11:00:00Z",
                "14 Dec 12:01   | 2018-12-14T11:01:00Z",
                "15 Dec 00:00   | 2018-12-14T23:00:00Z",
                "31 Dec 23:59   | 2018-12-31T22:59:00Z",
                "29 Feb 10:00   | 2016-02-29T09:00:00Z",
                "6 May 21:00    | 2019-05-06T19:00:00Z",
            })
    void takesTheLatestYearThatIsNotInTheFuture(String text, Instant expected) {
        assertThat(MomentParser.parse(text, NOW, BERLIN)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "12:00           | 2019-12-14T11:00:00Z",
                "11:59           | 2019-12-14T10:59:00Z",
                "12:01           | 2019-12-13T11:01:00Z",
                "12:00:00.123456 | 2019-12-14T11:00:00.123456Z",
                "12:00:00.2      | 2019-12-13T11:00:00.200Z",
                "9:00 pm         | 2019-12-13T20:00:00Z",
                "9:00pm          | 2019-12-13T20:00:00Z",
                "9 PM            | 2019-12-13T20:00:00Z",
                "9:00 p.m.       | 2019-12-13T20:00:00Z",
                "9:00 am         | 2019-12-14T08:00:00Z",
                "12:00 am        | 2019-12-13T23:00:00Z",
                "12:30 pm        | 2019-12-13T11:30:00Z",
                "11:00 UTC       | 2019-12-14T11:00:00Z",
                "23:00 +13:00    | 2019-12-14T10:00:00Z",
                "01:00 Pacific/Auckland | 2019-12-13T12:00:00Z",
                "00:00 Pacific/Auckland | 2019-12-14T11:00:00Z",
            })
    void takesTheLatestDayThatIsNotInTheFuture(String text, Instant expected) {
        assertThat(MomentParser.parse(text, NOW, BERLIN)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "30m     | 2019-12-14T10:30:00.123456Z",
                "90s     | 2019-12-14T10:58:30.123456Z",
                "6h      | 2019-12-14T05:00:00.123456Z",
                "1.5h    | 2019-12-14T09:30:00.123456Z",
                "1.5H    | 2019-12-14T09:30:00.123456Z",
                "2d      | 2019-12-12T11:00:00.123456Z",
                "2.5d    | 2019-12-11T23:00:00.123456Z",
                "1w      | 2019-12-07T11:00:00.123456Z",
                "1 h     | 2019-12-14T10:00:00.123456Z",
                "1h30m   | 2019-12-14T09:30:00.123456Z",
                "1d 12h  | 2019-12-12T23:00:00.123456Z",
                "0m      | 2019-12-14T11:00:00.123456Z",
                "0.001s  | 2019-12-14T11:00:00.122456Z",
            })
    void countsSpansBackFromNow(String text, Instant expected) {
        assertThat(MomentParser.parse(text, NOW, BERLIN)).isEqualTo(expected);
    }

    @Test
    void aDayInASpanHas24HoursEvenWhenTheClocksChange() {
        Instant afterChange = Instant.parse("2019-10-27T11:00:00Z");

        assertThat(MomentParser.parse("1d", afterChange, BERLIN))
                .isEqualTo(Instant.parse("2019-10-26T11:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2019-12-14T11:00:00.123457Z",
                "2019-12-14 12:01",
                "15 Dec, 2019 00:00",
                "2020-01-01T00:00Z",
                "9999-12-31T23:59:59Z"
            })
    void refusesTheFuture(String text) {
        assertThat(failure(text, NOW).code()).isEqualTo(Code.MOMENT_IN_FUTURE);
    }

    @Test
    void theFutureIsRefusedWithThePresentNamed() {
        Failure failure = failure("2020-01-01T00:00Z", NOW);

        assertThat(failure.message()).contains("2020-01-01T00:00:00Z");
        assertThat(failure.hint()).contains("2019-12-14T11:00:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "yesterday-ish",
                "21",
                "9",
                "9:0",
                "25:00",
                "24:00",
                "12:60",
                "12:00:60",
                "13:00 pm",
                "0:30 am",
                "2019-09-06",
                "2019-13-06T21:00",
                "2019-02-29T21:00",
                "2019-9-6T21:00",
                "06 Sep, 19 21:00",
                "31 Sep 21:00",
                "32 Jan 21:00",
                "30 Feb 21:00",
                "29 Feb, 2019 21:00",
                "06 Sap 21:00",
                "06 Se 21:00",
                "06 Sep",
                "06/09/2019 21:00",
                "1.5",
                "1.5y",
                "-30m",
                "30m ago",
                ".5h",
                "1,5h",
                "2019-09-06T21:00 CEST",
                "2019-09-06T21:00 Europe/Nowhere",
                "2019-09-06T21:00+25:00",
                "2019-09-06T21:00+05:00[Europe/Berlin]",
                "2019-09-06T21:00:10.",
                "2019-09-06T21:00:10.1234567890Z"
            })
    void refusesWhatIsNoMomentWithAHint(String text) {
        Failure failure = failure(text, NOW);

        assertThat(failure.code()).isEqualTo(Code.BAD_ARGUMENT);
        assertThat(failure.hint()).contains("06 Sep 21:00");
    }

    @Test
    void anHourThatOccurredTwiceMeansItsFirstOccurrence() {
        assertThat(MomentParser.parse("2019-10-27T02:30", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-10-27T00:30:00Z"));
        assertThat(MomentParser.parse("27 Oct 02:30", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-10-27T00:30:00Z"));
    }

    @Test
    void anOffsetNamesTheSecondOccurrence() {
        assertThat(MomentParser.parse("2019-10-27T02:30+01:00", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-10-27T01:30:00Z"));
        assertThat(MomentParser.parse("2019-10-27T02:30+01:00[Europe/Berlin]", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-10-27T01:30:00Z"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"2019-03-31T02:30", "31 Mar, 2019 02:30", "31 Mar 02:30"})
    void anHourThatNeverWasIsRefusedWithItsNeighbours(String text) {
        Failure failure = failure(text, NOW);

        assertThat(failure.code()).isEqualTo(Code.BAD_ARGUMENT);
        assertThat(failure.message())
                .contains("never was in Europe/Berlin")
                .contains("2019-03-31T02:00:00")
                .contains("2019-03-31T03:00:00");
    }

    @Test
    void anHourThatNeverWasTodayIsNotTakenForYesterdays() {
        Instant noonOfTheChange = Instant.parse("2019-03-31T10:00:00Z");

        assertThat(failure("02:30", noonOfTheChange).message()).contains("never was");
    }

    @Test
    void anHourThatIsSkippedLaterTodayMeansYesterdays() {
        Instant beforeTheChange = Instant.parse("2019-03-31T00:10:00Z");

        assertThat(MomentParser.parse("02:30", beforeTheChange, BERLIN))
                .isEqualTo(Instant.parse("2019-03-30T01:30:00Z"));
    }

    @Test
    void theBordersOfTheSkippedHourExist() {
        assertThat(MomentParser.parse("2019-03-31T01:59:59", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-03-31T00:59:59Z"));
        assertThat(MomentParser.parse("2019-03-31T03:00", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-03-31T01:00:00Z"));
    }

    @Test
    void anOffsetMakesTheSkippedHourReadable() {
        assertThat(MomentParser.parse("2019-03-31T02:30+01:00", NOW, BERLIN))
                .isEqualTo(Instant.parse("2019-03-31T01:30:00Z"));
    }

    @Test
    void theUsersZoneDecidesAboutLocalTime() {
        assertThat(MomentParser.parse("06 Sep, 2019 21:00", NOW, ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2019-09-06T21:00:00Z"));
        assertThat(MomentParser.parse("06 Sep, 2019 21:00", NOW, ZoneId.of("Asia/Kolkata")))
                .isEqualTo(Instant.parse("2019-09-06T15:30:00Z"));
    }

    @Test
    void todayIsTheUsersToday() {
        Instant eveningInUtc = Instant.parse("2019-12-14T23:30:00Z");

        assertThat(MomentParser.parse("00:10", eveningInUtc, BERLIN))
                .isEqualTo(Instant.parse("2019-12-14T23:10:00Z"));
        assertThat(MomentParser.parse("00:10", eveningInUtc, ZoneOffset.UTC))
                .isEqualTo(Instant.parse("2019-12-14T00:10:00Z"));
    }

    private static Failure failure(String text, Instant now) {
        Failure failure =
                catchThrowableOfType(Failure.class, () -> MomentParser.parse(text, now, BERLIN));
        assertThat(failure).as("the failure for <%s>", text).isNotNull();
        return failure;
    }
}
