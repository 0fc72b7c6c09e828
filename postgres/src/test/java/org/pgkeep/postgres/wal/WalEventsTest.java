package org.pgkeep.postgres.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;

/** The corners that a real server shows rarely; the rest is in WalEventsIT. */
class WalEventsTest {
    private static final Lsn START = Lsn.parse("0/1000028");
    private static final Lsn END = Lsn.parse("0/1000100");

    private static WalRecord record(int resourceManager, int info, ByteBuffer mainData) {
        byte[] data = new byte[mainData.position()];
        mainData.get(0, data);
        ByteBuffer body = ByteBuffer.allocate(data.length + 5).order(ByteOrder.LITTLE_ENDIAN);
        if (data.length > 255) {
            body.put((byte) 254).putInt(data.length);
        } else {
            body.put((byte) 255).put((byte) data.length);
        }
        byte[] whole = new byte[body.position() + data.length];
        body.get(0, whole, 0, body.position());
        System.arraycopy(data, 0, whole, body.position(), data.length);
        return raw(resourceManager, info, whole);
    }

    private static WalRecord raw(int resourceManager, int info, byte[] body) {
        byte[] bytes = HandMadeWal.encode(resourceManager, info, -2, body);
        return new WalRecord(START, END, bytes, 0, bytes.length);
    }

    private static ByteBuffer data() {
        return ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void expectDamage(int major, WalRecord record) {
        assertThatExceptionOfType(Failure.class)
                .isThrownBy(() -> new WalEvents(major).decode(record))
                .satisfies(failure -> assertThat(failure.code()).isEqualTo(Code.DAMAGED_WAL));
    }

    @Test
    void readsTimesBeforeTheEpochAndXidsAboveTheSign() {
        ByteBuffer commit = data().putLong(-1);
        assertThat(new WalEvents(15).decode(record(1, 0x00, commit)))
                .contains(
                        new WalEvent.Commit(
                                START,
                                END,
                                0xFFFF_FFFEL,
                                Instant.parse("1999-12-31T23:59:59.999999Z"),
                                List.of(),
                                List.of()));
    }

    @Test
    void readsAllPartsOfACommitInTheirOrder() {
        for (int major = 13; major <= 18; major++) {
            int parts = 1 | 2 | 4 | 8 | 16 | 32 | 128 | (major >= 15 ? 256 : 0);
            ByteBuffer commit = data().putLong(1_000_000).putInt(parts).putInt(5).putInt(1663);
            commit.putInt(2).putInt(801).putInt(802);
            commit.putInt(1).putInt(1663).putInt(5).putInt(16384);
            if (major >= 15) {
                commit.putInt(2).put(new byte[2 * (major >= 18 ? 16 : 12)]);
            }
            commit.putInt(3).put(new byte[48]).putInt(800).put(new byte[] {'g', 'i', 'd', 0});
            commit.putLong(1).putLong(2);
            assertThat(new WalEvents(major).decode(record(1, 0x30 | 0x80, commit)))
                    .contains(
                            new WalEvent.CommitPrepared(
                                    START,
                                    END,
                                    800,
                                    Instant.parse("2000-01-01T00:00:01Z"),
                                    List.of(new RelationFile(1663, 5, 16384)),
                                    List.of(801L, 802L),
                                    java.util.Optional.of("gid")));
        }
    }

    @Test
    void findsTheMainDataBehindOriginAndTopLevelTransaction() {
        ByteBuffer body = data().put((byte) 253).putShort((short) 7);
        body.put((byte) 252).putInt(99).put((byte) 255).put((byte) 8).putLong(0);
        byte[] bytes = new byte[body.position()];
        body.get(0, bytes);
        assertThat(new WalEvents(14).decode(raw(1, 0x20, bytes)))
                .containsInstanceOf(WalEvent.Abort.class);
    }

    @Test
    void noticesABodyThatIsNotWhatItClaims() {
        expectDamage(15, record(1, 0x00, data().putInt(1)));
        expectDamage(15, record(1, 0x80, data().putLong(0).putInt(2).putInt(1_000_000)));
        expectDamage(15, record(1, 0x80, data().putLong(0).putInt(2).putInt(-1)));
        expectDamage(15, record(0, 0x10, data().putLong(0).putInt(0)));
        expectDamage(15, raw(1, 0x00, new byte[] {(byte) 255, 8, 0}));
        expectDamage(15, raw(2, 0x20, new byte[] {0, 0, 0}));
        expectDamage(15, record(0, 0x70, data().putLong(0).put(new byte[] {'x', 'y'})));
    }

    @Test
    void passesOverWhatMeansNothing() {
        WalEvents events = new WalEvents(18);
        assertThat(events.decode(raw(10, 0x00, new byte[] {1, 2, 3}))).isEmpty();
        assertThat(events.decode(raw(200, 0x00, new byte[0]))).isEmpty();
        assertThat(events.decode(raw(0, 0xB0, new byte[] {0, 0}))).isEmpty();
        assertThat(events.decode(raw(1, 0x50, new byte[0]))).isEmpty();
    }

    @Test
    void refusesAVersionItDoesNotKnow() {
        assertThatIllegalArgumentException().isThrownBy(() -> new WalEvents(12));
        assertThatIllegalArgumentException().isThrownBy(() -> new WalEvents(19));
    }
}
