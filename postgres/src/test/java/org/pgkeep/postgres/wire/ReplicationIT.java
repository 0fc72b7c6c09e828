package org.pgkeep.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.StopMode;
import org.pgkeep.postgres.instance.TestCluster;

/** Streaming WAL from real servers. */
@Timeout(180)
class ReplicationIT {
    private static final int SEGMENT_BYTES = 16 << 20;
    private static final TimelineId FIRST = TimelineId.FIRST;
    private static final TimelineId SECOND = new TimelineId(2);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String MAKE_WAL =
            "create table if not exists t as select 1 a, 'x' b where false;"
                    + " insert into t select i, repeat(md5(i::text), 10)"
                    + " from generate_series(1, 20000) i";

    static List<Installation> everyVersion() {
        return TestCluster.everyVersion();
    }

    /** What was received, from a position on; checks that no byte is missing or repeated. */
    private static final class Tape {
        private final Lsn start;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Tape(Lsn start) {
            this.start = start;
        }

        Lsn end() {
            return start.plus(bytes.size());
        }

        void add(ReplicationMessage.WalData wal) {
            assertThat(wal.start()).isEqualTo(end());
            assertThat(wal.length()).isBetween(1, 128 << 10);
            bytes.write(wal.buffer(), wal.offset(), wal.length());
        }

        /** Receives until everything up to the position is there. */
        void recordTo(Lsn wanted, WireConnection connection) {
            while (end().isBefore(wanted)) {
                switch (connection.receive()) {
                    case ReplicationMessage.WalData wal -> add(wal);
                    case ReplicationMessage.Keepalive _ -> {}
                    case ReplicationMessage.EndOfTimeline end ->
                            throw new AssertionError("unexpected " + end);
                }
            }
        }

        /** Receives to the end of the timeline. */
        ReplicationMessage.EndOfTimeline recordToEnd(WireConnection connection) {
            while (true) {
                switch (connection.receive()) {
                    case ReplicationMessage.WalData wal -> add(wal);
                    case ReplicationMessage.Keepalive _ -> {}
                    case ReplicationMessage.EndOfTimeline end -> {
                        return end;
                    }
                }
            }
        }

        /** Compares with the server's own files. */
        void verify(Path dataDirectory, TimelineId timeline) throws IOException {
            byte[] got = bytes.toByteArray();
            Lsn at = start;
            while (at.isBefore(end())) {
                WalSegment segment = WalSegment.containing(timeline, at, SEGMENT_BYTES);
                Path file = dataDirectory.resolve("pg_wal").resolve(segment.fileName());
                byte[] held = Files.readAllBytes(file);
                int from = (int) at.minus(segment.start());
                Lsn upTo = Lsn.min(segment.end(), end());
                int length = (int) upTo.minus(at);
                int gotFrom = (int) at.minus(start);
                assertThat(Arrays.equals(got, gotFrom, gotFrom + length, held, from, from + length))
                        .as("the bytes of %s", segment.fileName())
                        .isTrue();
                at = upTo;
            }
        }
    }

    private static Failure failure(Runnable work) {
        return catchThrowableOfType(Failure.class, work::run);
    }

    private static String sqlState(Failure failure) {
        return ServerReport.of(failure).map(ServerReport::sqlState).orElse("none");
    }

    private static Lsn restart(TestCluster cluster) {
        return Lsn.parse(
                cluster.value(
                        "select restart_lsn from pg_replication_slots where slot_name = 's'"));
    }

    private static Lsn flushed(TestCluster cluster) {
        return Lsn.parse(cluster.value("select pg_current_wal_flush_lsn()"));
    }

    @ParameterizedTest
    @MethodSource("everyVersion")
    void streamsEveryByteFromASlotThatMovesWithWhatIsConfirmed(Installation installation)
            throws IOException {
        try (TestCluster cluster = TestCluster.start(installation);
                WireConnection sql = cluster.connect();
                WireConnection stream = cluster.connectForReplication()) {
            SystemIdentity identity = stream.identifySystem();
            assertThat(Long.toUnsignedString(identity.systemIdentifier()))
                    .isEqualTo(cluster.value("select system_identifier from pg_control_system()"));
            assertThat(identity.timeline()).isEqualTo(FIRST);
            stream.createSlot("s");
            assertThat(sqlState(failure(() -> stream.createSlot("s")))).isEqualTo("42710");
            Lsn start = restart(cluster);
            readsSlot(stream, installation.version().major(), start);

            sql.query(MAKE_WAL);
            Lsn end = flushed(cluster);
            stream.startReplication("s", start, FIRST);
            Tape tape = new Tape(start);
            tape.recordTo(end, stream);
            tape.verify(cluster.instance().dataDirectory(), FIRST);

            assertThat(restart(cluster)).isEqualTo(start);
            stream.confirm(tape.end(), Lsn.ZERO, NOW);
            stream.confirm(tape.end(), end, NOW);
            awaitRestart(cluster, end);
            assertThat(sqlState(useOf("s", cluster))).isEqualTo("55006");

            stream.abort();
            awaitIdleSlot(cluster);
            try (WireConnection again = cluster.connectForReplication()) {
                again.dropSlot("s");
                assertThat(sqlState(failure(() -> again.dropSlot("s")))).isEqualTo("42704");
            }
        }
    }

    private static void readsSlot(WireConnection stream, int major, Lsn start) {
        if (major < 15) {
            assertThat(sqlState(failure(() -> stream.readSlot("s")))).isEqualTo("0A000");
            return;
        }
        assertThat(stream.readSlot("s")).isEqualTo(new SlotState.Holding(start, FIRST));
        assertThat(stream.readSlot("nosuch")).isEqualTo(new SlotState.Absent());
    }

    private static Failure useOf(String slot, TestCluster cluster) {
        try (WireConnection other = cluster.connectForReplication()) {
            return failure(() -> other.startReplication(slot, Lsn.parse("0/1000000"), FIRST));
        }
    }

    private static void awaitRestart(TestCluster cluster, Lsn wanted) {
        while (!restart(cluster).equals(wanted)) {
            Thread.onSpinWait();
        }
    }

    private static void awaitIdleSlot(TestCluster cluster) {
        while (!cluster.value("select active from pg_replication_slots").equals("f")) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @MethodSource("everyVersion")
    void followsAPromotionToTheNextTimeline(Installation installation) throws IOException {
        try (TestCluster cluster = TestCluster.start(installation)) {
            Lsn start = Lsn.parse("0/1000000");
            try (WireConnection stream = cluster.connectForReplication()) {
                stream.createSlot("s");
                start = restart(cluster).floor(SEGMENT_BYTES);
            }
            cluster.value(MAKE_WAL + "; select pg_switch_wal(); select 1");
            cluster.instance().stop(StopMode.FAST, TestCluster.PATIENCE);
            cluster.write("standby.signal", "");
            cluster.instance().start(TestCluster.PATIENCE);
            assertThat(cluster.value("select pg_is_in_recovery()")).isEqualTo("t");

            try (WireConnection stream = cluster.connectForReplication()) {
                stream.startReplication("s", start, FIRST);
                Tape tape = new Tape(start);
                tape.recordTo(Lsn.parse(cluster.value("select pg_last_wal_replay_lsn()")), stream);
                assertThat(cluster.value("select pg_promote()")).isEqualTo("t");

                ReplicationMessage.EndOfTimeline end = tape.recordToEnd(stream);

                assertThat(end).isEqualTo(new ReplicationMessage.EndOfTimeline(SECOND, tape.end()));
                tape.verify(cluster.instance().dataDirectory(), FIRST);
                TimelineHistory history = stream.timelineHistory(SECOND);
                assertThat(history.switchPointOf(FIRST)).contains(end.switchPoint());
                assertThat(stream.timelineHistoryFile(SECOND)).isNotEmpty();
                assertThat(sqlState(failure(() -> stream.timelineHistory(new TimelineId(9)))))
                        .isEqualTo("58P01");
                goesOnOnTheSameConnection(cluster, stream, end.switchPoint());
            }
            saysAtOnceThatAnOldTimelineEnded(cluster, start);
        }
    }

    private static void goesOnOnTheSameConnection(
            TestCluster cluster, WireConnection stream, Lsn switchPoint) throws IOException {
        stream.startReplication("s", switchPoint, SECOND);
        Tape second = new Tape(switchPoint);
        cluster.value("checkpoint; select 1");
        second.recordTo(flushed(cluster), stream);
        second.verify(cluster.instance().dataDirectory(), SECOND);
    }

    private static void saysAtOnceThatAnOldTimelineEnded(TestCluster cluster, Lsn start) {
        awaitIdleSlot(cluster);
        try (WireConnection stream = cluster.connectForReplication()) {
            stream.startReplication("s", start, FIRST);
            Tape again = new Tape(start);
            ReplicationMessage.EndOfTimeline end = again.recordToEnd(stream);
            assertThat(again.end()).isEqualTo(end.switchPoint());

            stream.startReplication("s", end.switchPoint(), FIRST);
            assertThat(stream.pending()).isTrue();
            assertThat(stream.receive()).isEqualTo(end);
            assertThat(stream.pending()).isFalse();
            assertThat(stream.identifySystem().timeline()).isEqualTo(SECOND);
        }
    }

    @Test
    void knowsWhetherMoreIsThereAndGetsAKeepaliveForTheAsking() {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = cluster.connectForReplication()) {
            stream.createSlot("s");
            Lsn start = restart(cluster);
            cluster.value(MAKE_WAL + "; select 1");
            Lsn end = flushed(cluster);
            stream.startReplication("s", start, FIRST);
            Tape tape = new Tape(start);
            while (tape.end().isBefore(end)) {
                while (!stream.pending()) {
                    Thread.onSpinWait(); // for ever, if what has arrived were not seen
                }
                if (stream.receive() instanceof ReplicationMessage.WalData wal) {
                    tape.add(wal);
                }
            }
            stream.confirmAndAsk(tape.end(), tape.end(), NOW);
            ReplicationMessage answer = stream.receive();
            while (answer instanceof ReplicationMessage.WalData wal) {
                tape.add(wal);
                answer = stream.receive();
            }

            assertThat(answer).isInstanceOf(ReplicationMessage.Keepalive.class);
            assertThat(((ReplicationMessage.Keepalive) answer).serverEnd()).isEqualTo(tape.end());
        }
    }

    @Test
    void saysThatTheWalIsGone() {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = cluster.connectForReplication()) {
            stream.createSlot("s");

            Failure failure =
                    failure(() -> {
                        stream.startReplication("s", Lsn.parse("0/100000"), FIRST);
                        stream.receive();
                    });

            assertThat(failure.code()).isEqualTo(Code.SERVER_ERROR);
            assertThat(sqlState(failure)).isEqualTo("58P01");
        }
    }

    @Test
    void aRefusedStartLeavesTheConnectionUsable() {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = cluster.connectForReplication()) {
            Lsn start = stream.identifySystem().flushed();

            assertThat(sqlState(failure(() -> stream.startReplication("s", start, FIRST))))
                    .isEqualTo("42704");
            assertThat(stream.identifySystem().timeline()).isEqualTo(FIRST);
        }
    }

    @Test
    void abortEndsAReceiverThatWaits() throws Exception {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = streaming(cluster)) {
            Failure failure = failureOfWaiting(stream, stream::abort);

            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(failure.message()).contains("aborted");
            awaitIdleSlot(cluster);
        }
    }

    @Test
    void aKilledServerEndsAReceiverThatWaits() throws Exception {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = streaming(cluster)) {
            Failure failure = failureOfWaiting(stream, cluster::crash);

            assertThat(failure.code()).isEqualTo(Code.SERVER_UNREACHABLE);
        }
    }

    @Test
    void aFastStopWaitsForTheConfirmationAndThenEndsTheStream() throws Exception {
        try (TestCluster cluster = TestCluster.start(TestCluster.anyVersion());
                WireConnection stream = streaming(cluster);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Failure> received = threads.submit(() -> failure(() -> confirmAll(stream)));

            cluster.instance().stop(StopMode.FAST, TestCluster.PATIENCE);

            assertThat(received.get().code()).isEqualTo(Code.SERVER_UNREACHABLE);
            assertThat(received.get().message()).contains("shutting down");
        }
    }

    private static WireConnection streaming(TestCluster cluster) {
        WireConnection stream = cluster.connectForReplication();
        stream.createSlot("s");
        stream.startReplication("s", restart(cluster), FIRST);
        return stream;
    }

    /**
     * Receives in another thread, does the deed once all is received, and gives what came of it.
     */
    private static Failure failureOfWaiting(WireConnection stream, Runnable deed) throws Exception {
        CountDownLatch quiet = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Failure> received =
                    threads.submit(() ->
                            failure(() -> {
                                while (true) {
                                    stream.receive();
                                    if (!stream.pending()) {
                                        quiet.countDown();
                                    }
                                }
                            }));
            quiet.await();
            deed.run();
            return received.get();
        }
    }

    private static void confirmAll(WireConnection stream) {
        Lsn end = Lsn.ZERO;
        while (true) {
            switch (stream.receive()) {
                case ReplicationMessage.WalData wal -> end = wal.end();
                case ReplicationMessage.Keepalive _ -> {}
                case ReplicationMessage.EndOfTimeline it -> throw new AssertionError(it);
            }
            stream.confirm(end, end, NOW);
        }
    }
}
