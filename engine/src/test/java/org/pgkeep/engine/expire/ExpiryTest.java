package org.pgkeep.engine.expire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.expire.ArchiveFacts.Start;
import org.pgkeep.engine.wal.WalArchive.Stretch;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.SnapshotId;

class ExpiryTest {
    private static final Instant NOON = Instant.parse("2026-03-02T12:00:00Z");
    private static final int SEGMENT = 1 << 20;
    private static final TimelineId FIRST = TimelineId.FIRST;

    private final List<Start> starts = new ArrayList<>();
    private final Map<SnapshotId, String> pinned = new HashMap<>();
    private Optional<Instant> deletedAt = Optional.empty();
    private boolean whole = true;

    @Test
    void sevenDaysKeepEight() {
        daily(30);
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(29).plus(Duration.ofHours(1)));
        assertThat(kept(expiry)).containsExactly(22, 23, 24, 25, 26, 27, 28, 29);
    }

    @Test
    void theWalBeforeTheOldestThatIsKeptGoesAndNoneBehindIt() {
        daily(30);
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(29).plus(Duration.ofHours(1)));
        assertThat(expiry.unneeded(FIRST))
                .containsExactly(
                        new Expiry.Span(Lsn.ZERO, starts.get(22).startLsn().floor(SEGMENT)));
    }

    @Test
    void reasonsSayWhatASnapshotIsNeededForAndWhenItGoes() {
        daily(30);
        pinned.put(starts.get(3).id(), "before the upgrade");
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(29).plus(Duration.ofHours(1)));
        assertThat(reason(expiry, 22))
                .isEqualTo(
                        "kept: needed for restore points from 2026-03-24T13:00:00Z to"
                                + " 2026-03-25T12:00:00Z; expires on 2026-04-01T12:00:00Z");
        assertThat(reason(expiry, 29))
                .isEqualTo("kept: needed for restore points from 2026-03-31T12:00:00Z on");
        assertThat(reason(expiry, 3)).isEqualTo("kept: pinned: before the upgrade");
        assertThat(reason(expiry, 4)).startsWith("expired: the recovery window begins at");
    }

    @Test
    void aPinnedSnapshotKeepsTheWalThatMakesItConsistentAndNoMore() {
        daily(30);
        pinned.put(starts.get(3).id(), "");
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(29));
        Start pin = starts.get(3);
        assertThat(expiry.unneeded(FIRST)).hasSize(2);
        Expiry.Span gap = expiry.unneeded(FIRST).getLast();
        assertThat(gap.from().isBefore(pin.stopLsn())).isFalse();
        assertThat(gap.from().minus(pin.stopLsn())).isLessThanOrEqualTo(2L * SEGMENT);
        assertThat(expiry.unneeded(FIRST).getFirst().to()).isEqualTo(pin.startLsn().floor(SEGMENT));
    }

    @Test
    void theNewestRangeOfALivingServerStaysWhateverTheClockSays() {
        daily(3);
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(3650));
        assertThat(kept(expiry)).containsExactly(2);
        assertThat(expiry.ends()).isFalse();
    }

    @Test
    void aDeletedServersMomentsLeaveOneByOneAndThenTheArchive() {
        daily(10);
        deletedAt = Optional.of(day(9).plus(Duration.ofHours(12)));
        assertThat(kept(decide(RetentionPolicy.DEFAULT, day(14)))).containsExactly(7, 8, 9);
        assertThat(kept(decide(RetentionPolicy.DEFAULT, day(16).plus(Duration.ofHours(11)))))
                .containsExactly(9);
        Expiry over = decide(RetentionPolicy.DEFAULT, day(17));
        assertThat(kept(over)).isEmpty();
        assertThat(over.ends()).isTrue();
        assertThat(over.unneeded(FIRST)).containsExactly(new Expiry.Span(Lsn.ZERO, Expiry.OPEN));
        pinned.put(starts.get(9).id(), "for the auditors");
        assertThat(decide(RetentionPolicy.DEFAULT, day(17)).ends()).isFalse();
    }

    @Test
    void theFirstOfEachWeekMonthAndYearStaysAsLongAsAskedFor() {
        daily(400);
        RetentionPolicy policy =
                new RetentionPolicy(Duration.ofDays(7), Duration.ofDays(7), 4, 3, 2);
        Expiry expiry = decide(policy, day(399).plus(Duration.ofHours(1)));
        List<Instant> longTerm =
                kept(expiry).stream()
                        .filter(number -> number < 392)
                        .map(number -> starts.get(number).stoppedAt())
                        .toList();
        // day 399 is Monday, 5 April 2027
        assertThat(longTerm)
                .containsExactly(
                        Instant.parse("2026-03-02T12:00:00Z"),
                        Instant.parse("2027-01-01T12:00:00Z"),
                        Instant.parse("2027-02-01T12:00:00Z"),
                        Instant.parse("2027-03-01T12:00:00Z"),
                        Instant.parse("2027-03-15T12:00:00Z"),
                        Instant.parse("2027-03-22T12:00:00Z"));
    }

    @Test
    void beforeADamagedSnapshotTheLastGoodOneStays() {
        daily(30);
        Start bad = starts.get(22);
        starts.set(22, start(bad.id(), bad.stoppedAt(), bad.timeline(), bad.startLsn(), true));
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(29).plus(Duration.ofHours(1)));
        assertThat(kept(expiry)).contains(21, 22).doesNotContain(20);
        assertThat(reason(expiry, 21)).contains("is not sound");
    }

    @Test
    void inAnArchiveThatCantBeReadWhollyNothingExpires() {
        daily(30);
        whole = false;
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(3650));
        assertThat(kept(expiry)).hasSize(30);
        assertThat(expiry.unneeded(FIRST)).isEmpty();
    }

    @Test
    void beforeTheFirstSnapshotAllWalStays() {
        Expiry expiry = decide(RetentionPolicy.DEFAULT, day(3650));
        assertThat(expiry.unneeded(FIRST)).isEmpty();
        assertThat(expiry.ends()).isFalse();
    }

    @Test
    void settingsSayTheWindow() {
        assertThat(RetentionPolicy.of(Map.of()).window()).isEqualTo(Duration.ofDays(7));
        assertThat(RetentionPolicy.of(Map.of("retention", "2w")).window())
                .isEqualTo(Duration.ofDays(14));
        assertThat(RetentionPolicy.of(Map.of("retentionMin", "9d", "retentionMax", "35d")).window())
                .isEqualTo(Duration.ofDays(35));
        for (Map<String, String> bad :
                List.of(
                        Map.of("retention", "6d"),
                        Map.of("retention", "36d"),
                        Map.of("retention", "xd"),
                        Map.of("retentionMin", "10d", "retentionMax", "8d"))) {
            assertThatExceptionOfType(Failure.class)
                    .isThrownBy(() -> RetentionPolicy.of(bad))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(Code.BAD_ARGUMENT));
        }
    }

    // ---- steps

    private static Instant day(int number) {
        return NOON.plus(Duration.ofDays(number));
    }

    private void daily(int count) {
        for (int i = 0; i < count; i++) {
            SnapshotId id = new SnapshotId(new UUID(0, i));
            Lsn from = new Lsn((i + 1) * 10L * SEGMENT + 77);
            starts.add(start(id, day(i), FIRST, from, false));
        }
    }

    private static Start start(
            SnapshotId id, Instant at, TimelineId timeline, Lsn from, boolean damaged) {
        return new Start(id, "b" + id, at, timeline, from, from.plus(SEGMENT), SEGMENT, damaged);
    }

    private Expiry decide(RetentionPolicy policy, Instant now) {
        return Expiry.decide(
                new ArchiveFacts(
                        starts,
                        Map.of(FIRST, TimelineHistory.ofFirst()),
                        Map.of(FIRST, List.of(new Stretch(Lsn.ZERO, new Lsn(1L << 40)))),
                        Map.of(),
                        pinned,
                        deletedAt,
                        whole),
                policy,
                now);
    }

    private List<Integer> kept(Expiry expiry) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < starts.size(); i++) {
            if (expiry.of(starts.get(i).id()).orElseThrow() instanceof Verdict.Kept) {
                numbers.add(i);
            }
        }
        return numbers;
    }

    private String reason(Expiry expiry, int number) {
        return expiry.of(starts.get(number).id()).orElseThrow().reason();
    }
}
