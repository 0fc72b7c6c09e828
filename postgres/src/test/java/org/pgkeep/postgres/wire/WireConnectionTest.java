package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** The connection against peers that a real server would never be. */
@Timeout(30)
class WireConnectionTest {
    private static final Login LOGIN = Login.forReplication("bob", "pgkeep");
    private static final byte[] LET_IN =
            hex(
                    "5200000008 00000000"
                            // ParameterStatus: server_version is 18.6
                            + "5300000018 7365727665725f76657273696f6e 00 31382e36 00"
                            + "5a00000005 49");
    private static final byte[] COPY_BOTH = hex("5700000007 00 0000");

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static Failure refusal(ScriptedPeer peer) {
        return catchThrowableOfType(
                Failure.class,
                () -> WireConnection.open(peer.at(), LOGIN, Duration.ofMillis(300)).close());
    }

    @Test
    void saysWhereNoServerAnswers() {
        LocalSocket nowhere = new LocalSocket(Path.of("/nonexistent"), 5432);

        assertThatThrownBy(() -> WireConnection.open(nowhere, LOGIN))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> {
                            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
                            assertThat(failure.message()).contains("/nonexistent/.s.PGSQL.5432");
                        });
    }

    @Test
    void doesNotWaitForeverForASilentPeer() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer()) {
            Failure failure = refusal(peer);

            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(failure.message()).contains("did not answer within 300 ms");
        }
    }

    @Test
    void recognisesWhatIsNotPostgres() throws IOException {
        byte[] other = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        try (ScriptedPeer peer = new ScriptedPeer(other)) {
            Failure failure = refusal(peer);

            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(failure.message()).contains("does not speak as PostgreSQL does");
        }
    }

    @Test
    void tellsHowToLetItInWhereAPasswordIsWanted() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer(hex("520000000c 00000005 01020304"))) {
            Failure failure = refusal(peer);

            assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
            assertThat(failure.hint()).contains("peer", "pg_hba.conf");
        }
    }

    @Test
    void tellsTheEndOfATimelineByItsRow() throws IOException {
        byte[] end =
                hex(
                        "6300000004" // CopyDone
                                + "5400000006 0000" // RowDescription
                                + "4400000018 0002 00000001 32 00000009 302f33303030314138"
                                + "4300000005 00 4300000005 00" // CommandComplete, twice
                                + "5a00000005 49");
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN, COPY_BOTH, end);
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            connection.startReplication("s", Lsn.ZERO, TimelineId.FIRST);

            assertThat(connection.receive())
                    .isEqualTo(
                            new ReplicationMessage.EndOfTimeline(
                                    new TimelineId(2), Lsn.parse("0/30001A8")));
            assertThatThrownBy(connection::receive).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aShutdownIsNoEndOfATimeline() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN, COPY_BOTH, hex("4300000005 00"));
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            connection.startReplication("s", Lsn.ZERO, TimelineId.FIRST);

            assertThatThrownBy(connection::receive)
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure ->
                                    assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE))
                    .hasMessageContaining("shutting down");
        }
    }

    @Test
    void anEndOfATimelineWithoutItsRowIsAnError() throws IOException {
        byte[] end = hex("6300000004 4300000005 00 5a00000005 49");
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN, COPY_BOTH, end);
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            connection.startReplication("s", Lsn.ZERO, TimelineId.FIRST);

            assertThatThrownBy(connection::receive).hasMessageContaining("0 rows");
        }
    }

    @Test
    void neverClaimsToHaveFlushedMoreThanItGot() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN, COPY_BOTH);
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            connection.startReplication("s", Lsn.ZERO, TimelineId.FIRST);

            assertThatThrownBy(() -> connection.confirm(new Lsn(1), new Lsn(2), Instant.EPOCH))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aConfirmationThatNobodyHearsLosesNothingThatHadArrived() throws IOException {
        byte[] wal = hex("640000001f 77 0000000000000000 0000000000000000 0000000000000000 0102");
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN, COPY_BOTH, wal, wal);
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            connection.startReplication("s", Lsn.ZERO, TimelineId.FIRST);
            assertThat(connection.receive()).isInstanceOf(ReplicationMessage.WalData.class);
            peer.hangUp();

            connection.confirm(new Lsn(2), new Lsn(2), Instant.EPOCH);
            connection.confirm(new Lsn(2), new Lsn(2), Instant.EPOCH);

            assertThat(connection.receive()).isInstanceOf(ReplicationMessage.WalData.class);
            assertThatThrownBy(connection::receive)
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure ->
                                    assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE));
        }
    }

    @Test
    void refusesNamesThatWouldBeSql() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN);
                WireConnection connection = WireConnection.open(peer.at(), LOGIN)) {
            assertThatThrownBy(() -> connection.createSlot("a; drop"))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> connection.dropSlot("Upper"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void abortAndCloseCanBeRepeatedAndEndEverything() throws IOException {
        try (ScriptedPeer peer = new ScriptedPeer(LET_IN)) {
            WireConnection connection = WireConnection.open(peer.at(), LOGIN);
            connection.abort();
            connection.abort();
            connection.close();
            connection.close();

            assertThatThrownBy(() -> connection.query("select 1"))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure ->
                                    assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE));
        }
    }
}
