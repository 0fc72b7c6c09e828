package org.pgkeep.engine.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.postgres.wal.WalEvent;

class IndexCodecTest {
    private static final Lsn FROM = Lsn.parse("A/F0000000");
    private static final Lsn TO = Lsn.parse("A/F1000000");

    private final Random random = new Random(7);
    private Lsn at = FROM;

    private long xid() {
        return random.nextInt(4) == 0 ? 0xFFFF_FFFFL - random.nextInt(3) : 700 + random.nextInt(99);
    }

    private Instant time() {
        return Instant.parse("2026-11-21T10:00:00Z")
                .plus(random.nextInt(2_000_000) - 1_000_000, ChronoUnit.MICROS);
    }

    private List<RelationFile> files() {
        List<RelationFile> files = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            files.add(new RelationFile(1663, -5, random.nextInt()));
        }
        return files;
    }

    private List<Long> parts() {
        return random.nextBoolean() ? List.of() : List.of(xid(), xid());
    }

    private OptionalInt level() {
        return random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(3));
    }

    private WalEvent event(int kind) {
        Lsn start = at.plus(8L * random.nextInt(5000));
        Lsn end = start.plus(40 + 8L * random.nextInt(30));
        at = end;
        return switch (kind % 18) {
            case 0 -> new WalEvent.Commit(start, end, xid(), time(), files(), parts());
            case 1 -> new WalEvent.Abort(start, end, xid(), time(), files(), parts());
            case 2 ->
                    new WalEvent.CommitPrepared(
                            start, end, xid(), time(), files(), parts(), Optional.of("gid ö"));
            case 3 ->
                    new WalEvent.AbortPrepared(
                            start, end, xid(), time(), files(), parts(), Optional.empty());
            case 4 ->
                    new WalEvent.Prepare(
                            start,
                            end,
                            xid(),
                            time(),
                            "citus_1_2_3_4",
                            0xFFFF_FFFFL,
                            files(),
                            files(),
                            parts());
            case 5 -> new WalEvent.RestorePoint(start, end, time(), "before");
            case 6 ->
                    new WalEvent.Checkpoint(
                            start,
                            end,
                            random.nextBoolean(),
                            start.plus(-random.nextInt(1 << 20)),
                            new TimelineId(3),
                            new TimelineId(2),
                            random.nextBoolean(),
                            time(),
                            level());
            case 7 -> new WalEvent.RedoPoint(start, end, level());
            case 8 ->
                    new WalEvent.EndOfRecovery(
                            start, end, time(), new TimelineId(5), new TimelineId(2), level());
            case 9 ->
                    new WalEvent.ParameterChange(
                            start, end, 100, 8, 10, 0, 64, random.nextInt(3), true, false);
            case 10 -> new WalEvent.SegmentSwitch(start, end);
            case 11 ->
                    new WalEvent.RelationCreated(
                            start, end, xid(), new RelationFile(1663, 5, 9), random.nextInt(4));
            case 12 ->
                    new WalEvent.RelationTruncated(
                            start, end, xid(), new RelationFile(1663, 5, 9), 0xFFFF_FFFEL, 7);
            case 13 -> new WalEvent.DatabaseCreated(start, end, xid(), 1663, 5, true);
            case 14 -> new WalEvent.DatabaseDropped(start, end, xid(), 5, List.of(1663, -9));
            case 15 -> new WalEvent.TablespaceCreated(start, end, xid(), 16384);
            case 16 -> new WalEvent.TablespaceDropped(start, end, xid(), 16384);
            default -> new WalEvent.Commit(start, end, xid(), time(), List.of(), List.of());
        };
    }

    private WalIndex index(int events) {
        Summarizer summarizer = new Summarizer();
        List<WalEvent> all = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            WalEvent event = event(random.nextInt(18));
            all.add(event);
            summarizer.take(event);
        }
        return new WalIndex(
                summarizer.summary(FROM, TO, at, events), all, ChangedBlocks.unknown("so at 1/2"));
    }

    @Test
    void readsWhatItWrote() {
        for (int i = 0; i < 300; i++) {
            at = FROM;
            WalIndex index = index(i);
            IndexSummary summary = IndexCodec.summary(IndexCodec.head(index.summary()));
            assertThat(summary).isEqualTo(index.summary());
            WalIndex read = IndexCodec.index(summary, IndexCodec.body(index));
            assertThat(read).isEqualTo(index);
            // what the events say, the head says
            Summarizer again = new Summarizer();
            read.events().forEach(again::take);
            assertThat(again.summary(FROM, TO, at, i)).isEqualTo(summary);
        }
    }

    @Test
    void takesAboutEightBytesForACommit() {
        List<WalEvent> commits = new ArrayList<>();
        Instant time = Instant.parse("2026-11-21T10:00:00.123456Z");
        for (int i = 0; i < 10_000; i++) {
            Lsn start = FROM.plus(600L * i);
            commits.add(
                    new WalEvent.Commit(
                            start,
                            start.plus(40),
                            700 + i,
                            time.plus(130L * i + random.nextInt(100), ChronoUnit.MICROS),
                            List.of(),
                            List.of()));
        }
        Summarizer none = new Summarizer();
        WalIndex index = new WalIndex(none.summary(FROM, TO, TO, 1), commits, ChangedBlocks.NONE);
        assertThat(IndexCodec.body(index).length).isLessThan(8 * commits.size());
    }

    @Test
    void refusesWhateverElseTheBytesAre() {
        WalIndex index = index(200);
        byte[] head = IndexCodec.head(index.summary());
        byte[] body = IndexCodec.body(index);
        for (int i = 0; i < 5000; i++) {
            try {
                IndexCodec.index(IndexCodec.summary(damaged(head)), body);
                IndexCodec.index(index.summary(), damaged(body));
            } catch (IllegalArgumentException refused) {
                assertThat(refused.getMessage()).isNotNull();
            }
        }
    }

    private byte[] damaged(byte[] good) {
        byte[] bad = Arrays.copyOf(good, good.length - random.nextInt(2) * random.nextInt(20));
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
        return bad;
    }
}
