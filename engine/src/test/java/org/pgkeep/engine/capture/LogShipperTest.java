package org.pgkeep.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

class LogShipperTest {
    private static final TimelineId TIMELINE = new TimelineId(1);
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final Lsn START = new Lsn(3L * SEGMENT_BYTES);

    private final Archive archive;
    private final Spool spool;
    private final CountingStore store;
    private final Lanes.Lane lane;
    private boolean inOrder = true;
    private final List<Lsn> gaps = new ArrayList<>();
    private final List<Lsn> begun = new ArrayList<>();
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();
    private final byte[] log = new byte[2 * SEGMENT_BYTES];

    LogShipperTest(@TempDir Path home) {
        this.store =
                new CountingStore(
                        DirectoryStore.make(home.resolve("vault"), InstantSource.system()));
        this.archive =
                Vault.create(
                                store,
                                List.of(new VaultKey.KeyFile(new byte[32])),
                                new SecureRandom(),
                                InstantSource.system())
                        .archive(new ArchiveId(new UUID(1, 2)));
        this.spool = new Spool(home.resolve("spool"), SEGMENT_BYTES);
        Lanes lanes = new Lanes();
        lanes.left(TIMELINE, START, START);
        this.lane = lanes.first().orElseThrow();
    }

    @BeforeEach
    void fill() {
        new Random(4711).nextBytes(log);
    }

    @Test
    void keepsFewRunsOfASegmentThatFillsSlowly() {
        LogShipper shipper = shipper();
        for (int at = 0; at < 500; at++) {
            receive(at * 100, 100);
            Lsn end = START.plus((at + 1) * 100L);
            shipper.ship(lane, () -> end, true);
            shipper.sweep();
            assertThat(archive.logs(1)).hasSizeLessThan(12);
        }
        assertThat(held(500 * 100)).isEqualTo(Arrays.copyOf(log, 500 * 100));
    }

    @Test
    void goesOnWithTheRunsOfAnEarlierShipper() {
        int length = 0;
        for (int life = 0; life < 30; life++) {
            // a crash before anything was swept
            LogShipper shipper = shipper(Duration.ofDays(1));
            for (int i = 0; i < 3; i++) {
                receive(length, 777);
                length += 777;
                Lsn end = START.plus(length);
                shipper.ship(lane, () -> end, true);
            }
        }
        LogShipper last = shipper();
        receive(length, 777);
        Lsn end = START.plus(length + 777);
        last.ship(lane, () -> end, true);
        last.sweep();
        assertThat(archive.logs(1)).hasSizeLessThan(12);
        assertThat(held(length + 777)).isEqualTo(Arrays.copyOf(log, length + 777));
    }

    @Test
    void keepsTheWholeSegmentAloneOnceItIsThere() {
        LogShipper shipper = shipper();
        receive(0, SEGMENT_BYTES / 2);
        shipper.ship(lane, () -> START.plus(SEGMENT_BYTES / 2), true);
        receive(SEGMENT_BYTES / 2, SEGMENT_BYTES);
        shipper.ship(lane, () -> START.plus(SEGMENT_BYTES * 3L / 2), true);
        shipper.sweep();
        assertThat(archive.logs(1)).hasSize(2);
        assertThat(spool.segments()).hasSize(1);
        assertThat(held(SEGMENT_BYTES * 3 / 2))
                .isEqualTo(Arrays.copyOf(log, SEGMENT_BYTES * 3 / 2));
    }

    @Test
    void sweepsWhatWasSupersededOnATimelineThatWasLeft() {
        // whole and its runs, and a run that nothing replaces: a crash before anything was swept
        LogRange whole = range(1, 0, SEGMENT_BYTES);
        LogRange rest = range(1, SEGMENT_BYTES, SEGMENT_BYTES + 100);
        for (LogRange each : List.of(range(1, 0, 50), range(1, 50, 200), whole, rest)) {
            archive.putLog(each, log, 0);
        }
        Lanes lanes = new Lanes();
        lanes.left(new TimelineId(2), START.plus(SEGMENT_BYTES), START.plus(SEGMENT_BYTES));
        LogShipper shipper = shipper();
        shipper.ship(lanes.first().orElseThrow(), () -> START.plus(SEGMENT_BYTES), true);
        shipper.sweep();
        assertThat(archive.logs(1)).containsExactlyInAnyOrder(whole, rest);
    }

    private static LogRange range(int stream, int from, int to) {
        return new LogRange(stream, START.plus(from).value(), START.plus(to).value());
    }

    @Test
    void tellsOfAStretchThatNothingReaches() {
        LogShipper shipper = shipper();
        receive(0, 1000);
        shipper.ship(lane, () -> START.plus(1000), true);
        assertThat(gaps).containsExactly(START);
        Lanes others = new Lanes();
        others.left(TIMELINE, START.plus(SEGMENT_BYTES), START.plus(SEGMENT_BYTES + 500L));
        receive(SEGMENT_BYTES, 500);
        shipper.ship(others.first().orElseThrow(), () -> START.plus(SEGMENT_BYTES + 500L), true);
        assertThat(gaps).containsExactly(START, START.plus(SEGMENT_BYTES));
        // that the vault has it by now changes nothing about what is before
        assertThat(begun).isEmpty();
        Lanes third = new Lanes();
        third.left(TIMELINE, START.plus(SEGMENT_BYTES), START.plus(SEGMENT_BYTES + 500L));
        shipper.ship(third.first().orElseThrow(), () -> START.plus(SEGMENT_BYTES + 500L), true);
        assertThat(begun).containsExactly(START.plus(SEGMENT_BYTES));
        // what adjoins is none
        Lanes fourth = new Lanes();
        fourth.left(TIMELINE, START.plus(500), START.plus(1000));
        shipper.ship(fourth.first().orElseThrow(), () -> START.plus(1000), true);
        assertThat(gaps).hasSize(2);
        assertThat(begun).hasSize(1);
    }

    @Test
    void showsEachByteOnceAndInOrder() {
        LogShipper shipper = shipper();
        int length = 0;
        for (int step : new int[] {10, 5000, 300_000, 600_000, 1, 900_000}) {
            receive(length, step);
            length += step;
            Lsn end = START.plus(length);
            shipper.ship(lane, () -> end, true);
        }
        assertThat(inOrder).isTrue();
        assertThat(seen.toByteArray()).isEqualTo(Arrays.copyOf(log, length));
    }

    @Test
    void asksTheStoreNothingWhenNothingIsNew() {
        LogShipper shipper = shipper();
        receive(0, 1000);
        shipper.ship(lane, () -> START.plus(1000), true);
        shipper.sweep();
        int before = store.calls();
        for (int i = 0; i < 100; i++) {
            shipper.ship(lane, () -> START.plus(1000), true);
            shipper.sweep();
        }
        assertThat(store.calls()).isEqualTo(before);
    }

    @Test
    void keepsTheNewestFileSoThatItIsKnownWhereToGoOn() {
        LogShipper shipper = shipper();
        receive(0, SEGMENT_BYTES);
        shipper.ship(lane, () -> START.plus(SEGMENT_BYTES), true);
        assertThat(spool.segments()).hasSize(1);
        receive(SEGMENT_BYTES, SEGMENT_BYTES);
        shipper.ship(lane, () -> START.plus(2L * SEGMENT_BYTES), true);
        assertThat(spool.segments()).hasSize(1);
        assertThat(spool.segments().getFirst().start()).isEqualTo(START.plus(SEGMENT_BYTES));
    }

    @Test
    void leavesAloneWhatCameAgainIntoTheSpool() {
        LogShipper shipper = shipper();
        receive(0, 2 * SEGMENT_BYTES);
        Lanes second = new Lanes();
        Lsn from = START.plus(SEGMENT_BYTES);
        second.left(TIMELINE, from, from.plus(SEGMENT_BYTES));
        shipper.ship(second.first().orElseThrow(), () -> from.plus(SEGMENT_BYTES), true);
        assertThat(spool.segments().getFirst().start()).isEqualTo(START);
    }

    @Test
    void losesNothingWhenTheVaultFailsInBetween() {
        LogShipper shipper = shipper();
        receive(0, 2 * SEGMENT_BYTES);
        store.failPutsFrom(2);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> shipper.ship(lane, () -> START.plus(2L * SEGMENT_BYTES), true))
                    .isInstanceOf(Failure.class);
        }
        store.failPutsFrom(Integer.MAX_VALUE);
        shipper.ship(lane, () -> START.plus(2L * SEGMENT_BYTES), true);
        assertThat(held(2 * SEGMENT_BYTES)).isEqualTo(log);
    }

    private LogShipper shipper() {
        return shipper(Duration.ZERO);
    }

    private LogShipper shipper(Duration grace) {
        return new LogShipper(
                archive,
                spool,
                SEGMENT_BYTES,
                (_, at, bytes, offset, length) -> {
                    inOrder &= at.equals(START.plus(seen.size()));
                    seen.write(bytes, offset, length);
                },
                (_, from, some) -> (some ? begun : gaps).add(from),
                grace);
    }

    private void receive(int at, int length) {
        spool.write(TIMELINE, START.plus(at), Lsn.ZERO, log, at, length);
        spool.sync();
    }

    private byte[] held(int length) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new WalArchive(archive)
                .read(
                        TIMELINE,
                        START,
                        START.plus(length),
                        (_, run, offset, count) -> {
                            bytes.write(run, offset, count);
                            return true;
                        });
        return bytes.toByteArray();
    }
}
