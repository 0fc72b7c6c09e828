package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgkeep.postgres.wal.HandMadeWal.SEGMENT_BYTES;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

class WalPagesTest {
    private static final TimelineId TIMELINE = new TimelineId(0x0102);

    private final WalPages pages = new WalPages(SEGMENT_BYTES, OptionalLong.of(HandMadeWal.SYSTEM));
    private final HandMadeWal wal = new HandMadeWal("0/1000000").timeline(0x00FF);

    @BeforeEach
    void writeMoreThanASegment() {
        byte[] body = new byte[7000];
        new Random(1).nextBytes(body);
        while (wal.position().minus(wal.start()) < SEGMENT_BYTES + 20_000) {
            wal.record(10, 0, 1, body);
        }
    }

    private Optional<String> check(byte[] bytes, int from, int length) {
        return pages.check(TIMELINE, wal.start().plus(from), bytes, from, length);
    }

    @Test
    void acceptsWalCutAnywhere() {
        byte[] bytes = wal.bytes();
        assertThat(check(bytes, 0, bytes.length)).isEmpty();
        for (int page = 0; page < bytes.length - 8192; page += 8192) {
            for (int cut = 0; cut <= 48; cut++) {
                assertThat(check(bytes, page + cut, 8192)).isEmpty();
                assertThat(check(bytes, page, cut)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 6, 7, 8, 12, 15, 24, 31, 32, 35, 36, 39})
    void noticesAFlippedBitInAHeader(int field) {
        byte[] bytes = wal.bytes();
        bytes[SEGMENT_BYTES + field] ^= (byte) (field == 2 ? 0x02 : 0x80);
        assertThat(check(bytes, 0, bytes.length))
                .hasValueSatisfying(why -> assertThat(why).contains("0/1100000"));
        assertThat(check(bytes, SEGMENT_BYTES, 40)).isPresent();
        assertThat(check(bytes, SEGMENT_BYTES + 40, 8000)).isEmpty();
    }

    @Test
    void checksTheWholeFieldsOfACutHeader() {
        byte[] bytes = wal.bytes();
        bytes[8192 + 9] ^= 1;
        assertThat(check(bytes, 8192, 15)).isEmpty();
        assertThat(check(bytes, 8192, 16)).isPresent();
        assertThat(check(bytes, 8192 + 8, 100)).isPresent();
        assertThat(check(bytes, 8192 + 9, 100)).isEmpty();
    }

    @Test
    void refusesATimelineFromTheFuture() {
        byte[] bytes = wal.bytes();
        assertThat(pages.check(new TimelineId(0xFF), wal.start(), bytes, 0, 9000)).isEmpty();
        assertThat(pages.check(new TimelineId(0xFE), wal.start(), bytes, 0, 9000)).isPresent();
    }

    @Test
    void refusesRecycledPages() {
        assertThat(pages.check(TIMELINE, Lsn.parse("0/2000000"), wal.bytes(), 0, 9000)).isPresent();
    }

    @Test
    void acceptsZerosBehindASwitchButNotAtASegmentsStart() {
        byte[] zeros = new byte[3 * 8192];
        assertThat(pages.check(TIMELINE, Lsn.parse("0/1002000"), zeros, 0, zeros.length)).isEmpty();
        assertThat(pages.check(TIMELINE, Lsn.parse("0/1100000"), zeros, 0, zeros.length))
                .isPresent();
    }

    @Test
    void knowsSixMagics() {
        assertThat(WalPages.majorOf(0xD106)).hasValue(13);
        assertThat(WalPages.majorOf(0xD118)).hasValue(18);
        assertThat(WalPages.majorOf(0)).isEmpty();
    }
}
