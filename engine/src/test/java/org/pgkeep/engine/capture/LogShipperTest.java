package org.pgkeep.engine.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

class LogShipperTest {
    private static final TimelineId TIMELINE = new TimelineId(1);
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final Lsn START = new Lsn(3L * SEGMENT_BYTES);

    private final Archive archive;
    private final Spool spool;
    private final byte[] log = new byte[2 * SEGMENT_BYTES];

    LogShipperTest(@TempDir Path home) {
        this.archive =
                Vault.create(
                                DirectoryStore.make(home.resolve("vault"), InstantSource.system()),
                                List.of(new VaultKey.KeyFile(new byte[32])),
                                new SecureRandom(),
                                InstantSource.system())
                        .archive(new ArchiveId(new UUID(1, 2)));
        this.spool = new Spool(home.resolve("spool"), SEGMENT_BYTES);
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
            shipper.ship(TIMELINE, START, START.plus((at + 1) * 100L));
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
            LogShipper shipper = new LogShipper(archive, spool, SEGMENT_BYTES, Duration.ofDays(1));
            for (int i = 0; i < 3; i++) {
                receive(length, 777);
                Lsn from = new WalArchive(archive).end(TIMELINE).orElse(START);
                length += 777;
                shipper.ship(TIMELINE, from, START.plus(length));
            }
        }
        LogShipper last = shipper();
        receive(length, 777);
        last.ship(TIMELINE, START.plus(length), START.plus(length + 777));
        last.sweep();
        assertThat(archive.logs(1)).hasSizeLessThan(12);
        assertThat(held(length + 777)).isEqualTo(Arrays.copyOf(log, length + 777));
    }

    @Test
    void keepsTheWholeSegmentAloneOnceItIsThere() {
        LogShipper shipper = shipper();
        receive(0, SEGMENT_BYTES / 2);
        shipper.ship(TIMELINE, START, START.plus(SEGMENT_BYTES / 2));
        receive(SEGMENT_BYTES / 2, SEGMENT_BYTES);
        shipper.ship(TIMELINE, START, START.plus(SEGMENT_BYTES * 3L / 2));
        shipper.sweep();
        assertThat(archive.logs(1)).hasSize(2);
        assertThat(spool.segments()).hasSize(1);
        assertThat(held(SEGMENT_BYTES * 3 / 2))
                .isEqualTo(Arrays.copyOf(log, SEGMENT_BYTES * 3 / 2));
    }

    private LogShipper shipper() {
        return new LogShipper(archive, spool, SEGMENT_BYTES, Duration.ZERO);
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
