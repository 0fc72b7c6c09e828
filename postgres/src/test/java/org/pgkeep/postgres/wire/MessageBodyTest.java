package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;

class MessageBodyTest {
    private static MessageBody body(byte[] bytes) {
        return new MessageBody(bytes, 0, bytes.length);
    }

    private static MessageBody body(String text) {
        return body(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsColumnsAndTellsNullFromEmpty() throws ProtocolBroken {
        byte[] row =
                ByteBuffer.allocate(2 + 4 + 2 + 4 + 4)
                        .putShort((short) 3)
                        .putInt(2)
                        .put((byte) 'h')
                        .put((byte) 'i')
                        .putInt(-1)
                        .putInt(0)
                        .array();

        List<byte @Nullable []> columns = body(row).columns();

        assertThat(columns).hasSize(3);
        assertThat(columns.get(0)).containsExactly('h', 'i');
        assertThat(columns.get(1)).isNull();
        assertThat(columns.get(2)).isEmpty();
    }

    @Test
    void refusesColumnsThatReachBeyondTheMessage() {
        byte[] tooLong = ByteBuffer.allocate(7).putShort((short) 1).putInt(2).array();
        byte[] negative = ByteBuffer.allocate(7).putShort((short) 1).putInt(-2).array();
        byte[] tooMany = ByteBuffer.allocate(6).putShort((short) 9).putInt(-1).array();

        assertThatThrownBy(() -> body(tooLong).columns()).isInstanceOf(ProtocolBroken.class);
        assertThatThrownBy(() -> body(negative).columns()).isInstanceOf(ProtocolBroken.class);
        assertThatThrownBy(() -> body(tooMany).columns()).isInstanceOf(ProtocolBroken.class);
        assertThatThrownBy(() -> body("no end").text()).isInstanceOf(ProtocolBroken.class);
    }

    @Test
    void readsAReportAndPrefersTheSeverityThatIsNeverTranslated() throws ProtocolBroken {
        ServerReport report =
                body("SFEHLER\0VERROR\0C42P01\0Mno such table\0Dnone at all\0Hmake one\0Lx.c\0\0")
                        .report();

        assertThat(report)
                .isEqualTo(
                        new ServerReport(
                                "ERROR", "42P01", "no such table", "none at all", "make one"));
    }

    @Test
    void aReportBecomesAFailureThatStillTellsTheSqlState() {
        Failure failure = new ServerReport("ERROR", "42704", "no slot \"x\"", "", "").failure();

        assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
        assertThat(failure.message()).contains("ERROR", "no slot \"x\"", "42704");
        assertThat(ServerReport.of(failure)).map(ServerReport::sqlState).contains("42704");
        assertThat(ServerReport.of(new Failure(Code.DISK, "full", "clean up"))).isEmpty();
    }

    @Test
    void aServerThatComesOrGoesIsUnreachableNotWrong() {
        for (String sqlState : List.of("57P01", "57P02", "57P03")) {
            assertThat(new ServerReport("FATAL", sqlState, "?", "", "").failure().code())
                    .isEqualTo(Code.SERVER_UNREACHABLE);
        }
    }

    @Test
    void lendsWalWhereItStands() throws ProtocolBroken {
        byte[] buffer = new byte[100];
        ByteBuffer.wrap(buffer, 10, 30)
                .put((byte) 'w')
                .putLong(0x16_B374_D848L)
                .putLong(0x16_B374_E000L)
                .putLong(86_400_000_000L + 7)
                .put(new byte[] {1, 2, 3, 4, 5});

        ReplicationMessage message = new MessageBody(buffer, 10, 30).streamed();

        assertThat(message).isInstanceOf(ReplicationMessage.WalData.class);
        ReplicationMessage.WalData wal = (ReplicationMessage.WalData) message;
        assertThat(wal.start()).isEqualTo(Lsn.parse("16/B374D848"));
        assertThat(wal.serverEnd()).isEqualTo(Lsn.parse("16/B374E000"));
        assertThat(wal.end()).isEqualTo(Lsn.parse("16/B374D84D"));
        assertThat(wal.sentAt()).isEqualTo(Instant.parse("2000-01-02T00:00:00.000007Z"));
        assertThat(wal.buffer()).isSameAs(buffer);
        assertThat(Arrays.copyOfRange(buffer, wal.offset(), wal.offset() + wal.length()))
                .containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void readsAKeepaliveAndRefusesTheUnknown() throws ProtocolBroken {
        byte[] keepalive =
                ByteBuffer.allocate(18)
                        .put((byte) 'k')
                        .putLong(0x100)
                        .putLong(-1)
                        .put((byte) 1)
                        .array();

        assertThat(body(keepalive).streamed())
                .isEqualTo(
                        new ReplicationMessage.Keepalive(
                                new Lsn(0x100),
                                Instant.parse("1999-12-31T23:59:59.999999Z"),
                                true));
        assertThatThrownBy(() -> body("q").streamed()).isInstanceOf(ProtocolBroken.class);
        assertThatThrownBy(() -> body(Arrays.copyOf(keepalive, 17)).streamed())
                .isInstanceOf(ProtocolBroken.class);
    }
}
