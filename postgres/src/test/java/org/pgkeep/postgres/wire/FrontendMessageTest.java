package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.Lsn;

class FrontendMessageTest {
    private static byte[] bytes(ByteBuffer message) {
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        return bytes;
    }

    @Test
    void aReplicationLoginNamesNoDatabase() {
        byte[] message = bytes(FrontendMessage.startup(Login.forReplication("bob", "pgkeep")));

        assertThat(ByteBuffer.wrap(message).getInt()).isEqualTo(message.length);
        assertThat(new String(message, 8, message.length - 8, StandardCharsets.UTF_8))
                .isEqualTo(
                        "user\0bob\0replication\0true\0application_name\0pgkeep\0"
                                + "client_encoding\0UTF8\0\0");
    }

    @Test
    void aQueryEndsWithZeroAndHoldsNone() {
        assertThat(bytes(FrontendMessage.query("\u00fc")))
                .isEqualTo(HexFormat.of().parseHex("5100000007c3bc00"));
        assertThatThrownBy(() -> FrontendMessage.query("a\0b"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aStatusUpdateClaimsNothingApplied() {
        byte[] message =
                bytes(
                        FrontendMessage.standbyStatus(
                                Lsn.parse("1/2"),
                                Lsn.parse("0/3"),
                                Instant.parse("2000-01-01T00:00:01Z"),
                                true));

        assertThat(HexFormat.of().formatHex(message))
                .isEqualTo(
                        "6400000026"
                                + "72"
                                + "0000000100000002"
                                + "0000000000000003"
                                + "0000000000000000"
                                + "00000000000f4240"
                                + "01");
    }
}
