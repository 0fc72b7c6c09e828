package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.pgkeep.postgres.wal.HandMadeWal.SEGMENT_BYTES;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalReader.State;

class WalReaderTest {
    private static final String START = "0/1000000";

    private final List<String> seen = new ArrayList<>();
    private final HandMadeWal wal = new HandMadeWal(START);

    private WalReader read(HandMadeWal from) {
        return read(from.start(), from.bytes(), Integer.MAX_VALUE);
    }

    private WalReader read(Lsn start, byte[] bytes, int pieceBytes) {
        WalReader reader = new WalReader(start, SEGMENT_BYTES);
        seen.clear();
        for (int at = 0; at < bytes.length; ) {
            int piece = Math.min(pieceBytes, bytes.length - at);
            reader.feed(bytes, at, piece, this::see);
            at += piece;
        }
        assertThat(reader.fed()).isEqualTo(start.plus(bytes.length));
        return reader;
    }

    private void see(WalRecord record) {
        seen.add(text(record.start(), record.xid(), record.body()));
        assertThat(record.totalLength()).isEqualTo(record.length() + WalRecord.HEADER_BYTES);
    }

    private static String text(Lsn start, long xid, byte[] body) {
        return start + " " + xid + " " + body.length + " " + java.util.Arrays.hashCode(body);
    }

    private static byte[] body(int length) {
        byte[] body = new byte[length];
        new Random(length).nextBytes(body);
        return body;
    }

    private String put(int xid, int length) {
        byte[] body = body(length);
        return text(wal.record(10, 0x10, xid, body), Integer.toUnsignedLong(xid), body);
    }

    /** Records of many lengths, over pages and segments, at every distance from a page's end. */
    private List<String> putMany() {
        List<String> expected = new ArrayList<>();
        Random lengths = new Random(42);
        for (int i = 0; i < 3000; i++) {
            int bound = i % 100 == 0 ? 50_000 : i % 3 == 0 ? 900 : 60;
            expected.add(put(i, lengths.nextInt(bound)));
        }
        return expected;
    }

    @Test
    void handsOverEveryRecordInOrder() {
        List<String> expected = putMany();
        WalReader reader = read(wal);
        assertThat(wal.position().minus(wal.start())).isGreaterThan(SEGMENT_BYTES);
        assertThat(seen).isEqualTo(expected);
        assertThat(reader.state()).isEqualTo(State.READING);
        assertThat(reader.broken()).isEmpty();
        assertThat(reader.end()).isEqualTo(wal.position());
        assertThat(reader.firstRecord()).contains(Lsn.parse("0/1000028"));
        assertThat(reader.timeline()).contains(TimelineId.FIRST);
        assertThat(reader.systemIdentifier()).hasValue(HandMadeWal.SYSTEM);
        assertThat(reader.majorVersion()).hasValue(15);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 23, 24, 41, 8191, 8192, 8193, 70_001})
    void doesNotMindInWhichPiecesItIsFed(int pieceBytes) {
        List<String> expected = putMany();
        WalReader reader = read(wal.start(), wal.bytes(), pieceBytes);
        assertThat(seen).isEqualTo(expected);
        assertThat(reader.end()).isEqualTo(wal.position());
    }

    @Test
    void handsOverARecordOfSeveralSegments() {
        String big = put(9, 5 * SEGMENT_BYTES + 11);
        String after = put(10, 33);
        read(wal);
        assertThat(seen).containsExactly(big, after);
    }

    @Test
    void startsOnAnyPageBehindTheContinuedRecord() {
        List<String> expected = putMany();
        byte[] bytes = wal.bytes();
        for (int page = 0; page < bytes.length; page += WalPages.PAGE_BYTES) {
            byte[] rest = java.util.Arrays.copyOfRange(bytes, page, bytes.length);
            WalReader reader = read(wal.start().plus(page), rest, 5000);
            assertThat(reader.broken()).isEmpty();
            assertThat(expected).endsWith(seen.toArray(String[]::new));
            if (page < bytes.length - 60_000) {
                assertThat(seen).isNotEmpty();
                long skipped = reader.firstRecord().orElseThrow().minus(wal.start()) - page;
                assertThat(skipped).isBetween(24L, 60_000L);
            }
        }
    }

    @Test
    void startsExactlyAtARecord() {
        put(1, 100);
        Lsn second = wal.position();
        String expected = put(2, 20_000);
        String last = put(3, 10);
        int offset = (int) second.minus(wal.start());
        byte[] rest = java.util.Arrays.copyOfRange(wal.bytes(), offset, wal.bytes().length);
        WalReader reader = read(second, rest, 999);
        assertThat(seen).containsExactly(expected, last);
        assertThat(reader.firstRecord()).contains(second);
    }

    @Test
    void keepsARecordThatIsNotWholeYet() {
        put(1, 100);
        Lsn end = wal.position();
        String cut = put(2, 30_000);
        byte[] bytes = wal.bytes();
        WalReader reader = new WalReader(wal.start(), SEGMENT_BYTES);
        reader.feed(bytes, 0, 20_000, this::see);
        assertThat(seen).hasSize(1);
        assertThat(reader.end()).isEqualTo(end);
        assertThat(reader.state()).isEqualTo(State.READING);
        reader.feed(bytes, 20_000, bytes.length - 20_000, this::see);
        assertThat(seen).hasSize(2).endsWith(cut);
    }

    @Test
    void goesOnInTheNextSegmentAfterASwitch() {
        String first = put(1, 50);
        Lsn switched = wal.switchSegment();
        String second = put(2, 50);
        List<WalRecord> records = new ArrayList<>();
        WalReader reader = new WalReader(wal.start(), SEGMENT_BYTES);
        reader.feed(wal.bytes(), 0, wal.bytes().length, records::add);
        assertThat(records).hasSize(3);
        assertThat(records.get(1).start()).isEqualTo(switched);
        assertThat(records.get(1).end()).isEqualTo(Lsn.parse("0/1100000"));
        read(wal);
        assertThat(seen).hasSize(3).startsWith(first).endsWith(second);
    }

    @Test
    void endsWhereZerosBegin() {
        put(1, 50);
        Lsn end = wal.position();
        wal.zeros(20_000);
        WalReader reader = read(wal);
        assertThat(reader.state()).isEqualTo(State.ENDED);
        assertThat(reader.end()).isEqualTo(end);
        assertThat(reader.broken()).isEmpty();
    }

    @Test
    void endsWhereAPageOfZerosBegins() {
        put(1, WalPages.PAGE_BYTES - PageHeader.LONG_BYTES - WalRecord.HEADER_BYTES);
        assertThat(wal.position()).isEqualTo(Lsn.parse("0/1002000"));
        wal.zeros(20_000);
        WalReader reader = read(wal);
        assertThat(seen).hasSize(1);
        assertThat(reader.state()).isEqualTo(State.ENDED);
        assertThat(reader.end()).isEqualTo(Lsn.parse("0/1002000"));
    }

    @Test
    void dropsARecordThatACrashCutAndThatWasWrittenOver() {
        String first = put(1, 50);
        wal.cutRecord(body(50_000), 3);
        wal.overwriteFromHere();
        String over = put(3, 20);
        String last = put(4, 20);
        for (int piece : new int[] {1, 100, 8192, 1 << 20}) {
            WalReader reader = read(wal.start(), wal.bytes(), piece);
            assertThat(reader.broken()).isEmpty();
            assertThat(seen).containsExactly(first, over, last);
        }
    }

    @Test
    void dropsTheTailOfACutRecordToo() {
        put(1, 50);
        wal.cutRecord(body(50_000), 3);
        wal.overwriteFromHere();
        String over = put(3, 20);
        byte[] rest =
                java.util.Arrays.copyOfRange(wal.bytes(), WalPages.PAGE_BYTES, wal.bytes().length);
        WalReader reader = read(Lsn.parse("0/1002000"), rest, 100);
        assertThat(reader.broken()).isEmpty();
        assertThat(seen).containsExactly(over);
    }

    @Test
    void breaksWhereACutRecordIsNotContinued() {
        put(1, 50);
        Lsn end = wal.position();
        wal.cutRecord(body(50_000), 3);
        put(3, 20);
        WalReader reader = read(wal);
        assertThat(seen).hasSize(1);
        assertThat(reader.broken())
                .hasValueSatisfying(why -> assertThat(why).contains("0/1006000"));
        assertThat(reader.end()).isEqualTo(end);
    }

    @Test
    void detectsAnyFlippedBitOfARecord() {
        put(1, 40);
        Lsn start = wal.position();
        put(2, 9000);
        Lsn end = wal.position();
        put(3, 40);
        byte[] bytes = wal.bytes();
        Random bits = new Random(5);
        int from = (int) start.minus(wal.start());
        int to = (int) end.minus(wal.start()) - 7;
        for (int at = from; at < to; at++) {
            if (at % WalPages.PAGE_BYTES < PageHeader.SHORT_BYTES) {
                continue; // a page header, which has no CRC
            }
            byte[] damaged = bytes.clone();
            damaged[at] ^= (byte) (1 << bits.nextInt(8));
            WalReader reader = read(wal.start(), damaged, 4000);
            assertThat(seen).as("byte %s", at).hasSize(1);
            assertThat(reader.end()).isEqualTo(start);
        }
    }

    @Test
    void refusesAnotherServersWal() {
        put(1, 40);
        WalReader reader =
                new WalReader(wal.start(), SEGMENT_BYTES, OptionalLong.of(HandMadeWal.SYSTEM + 1));
        reader.feed(wal.bytes(), 0, wal.bytes().length, this::see);
        assertThat(seen).isEmpty();
        assertThat(reader.broken())
                .hasValueSatisfying(
                        why -> assertThat(why).contains(Long.toString(HandMadeWal.SYSTEM)));
        assertThat(reader.state()).isEqualTo(State.BROKEN);
    }

    @Test
    void refusesPagesThatBelongElsewhere() {
        put(1, 40);
        WalReader reader = read(Lsn.parse("0/2000000"), wal.bytes(), 100);
        assertThat(seen).isEmpty();
        assertThat(reader.broken())
                .hasValueSatisfying(why -> assertThat(why).contains("0/1000000"));
    }

    @Test
    void refusesAnotherSegmentSize() {
        put(1, 40);
        WalReader reader = new WalReader(wal.start(), 2 * SEGMENT_BYTES);
        reader.feed(wal.bytes(), 0, wal.bytes().length, this::see);
        assertThat(reader.broken()).isPresent();
        assertThat(seen).isEmpty();
    }

    @Test
    void followsATimelineUpButNotDown() {
        put(1, 9000);
        wal.timeline(3);
        String up = put(2, 9000);
        assertThat(read(wal).timeline()).contains(new TimelineId(3));
        assertThat(seen).endsWith(up);
        wal.timeline(2);
        put(3, 9000);
        assertThat(read(wal).broken()).isPresent();
        assertThat(seen).hasSize(2);
    }

    @Test
    void refusesAnUnknownMagicAndAChangeOfVersion() {
        put(1, 9000);
        wal.magic(0xD118);
        put(2, 9000);
        assertThat(read(wal).broken()).isPresent();
        assertThat(seen).hasSize(1);
        HandMadeWal foreign = new HandMadeWal(START).magic(0xD0FF);
        foreign.record(10, 0, 1, body(10));
        assertThat(read(foreign).broken()).isPresent();
        assertThat(seen).isEmpty();
    }

    @Test
    void doesNotBelieveALengthThatNoBytesFollow() {
        put(1, 40);
        byte[] promise =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(1 << 29).array();
        byte[] bytes = java.util.Arrays.copyOf(wal.bytes(), wal.bytes().length + 8);
        System.arraycopy(promise, 0, bytes, wal.bytes().length, 8);
        WalReader reader = read(wal.start(), bytes, 4);
        assertThat(seen).hasSize(1);
        assertThat(reader.state()).isEqualTo(State.READING);
        promise[3] = 0x7F;
        System.arraycopy(promise, 0, bytes, wal.bytes().length, 8);
        assertThat(read(wal.start(), bytes, 4).state()).isEqualTo(State.BROKEN);
    }

    @Test
    void standsBehindTheRecordWhoseConsumerThrew() {
        put(1, 40);
        Lsn second = wal.position();
        put(2, 40);
        byte[] bytes = wal.bytes();
        WalReader reader = new WalReader(wal.start(), SEGMENT_BYTES);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        reader.feed(
                                bytes,
                                0,
                                bytes.length,
                                record -> {
                                    throw new IllegalArgumentException();
                                }));
        assertThat(reader.fed()).isEqualTo(second);
        int done = (int) reader.fed().minus(wal.start());
        reader.feed(bytes, done, bytes.length - done, this::see);
        assertThat(seen).hasSize(1);
    }

    @Test
    void refusesAStartWhereNoRecordCanBe() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WalReader(Lsn.parse("0/1000001"), SEGMENT_BYTES));
    }
}
