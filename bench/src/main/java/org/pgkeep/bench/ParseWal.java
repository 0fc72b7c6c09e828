package org.pgkeep.bench;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.pgkeep.engine.index.IndexBuilder;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalEvents;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.postgres.wal.WalRecord;

/** MiB of WAL a second that one thread takes apart into records and events, as a plan does. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ParseWal {
    private static final int SEGMENT_MIB = SampleWal.SEGMENT_BYTES >> 20;

    /** As much as a message of the replication stream has. */
    private static final int MESSAGE_BYTES = 128 << 10;

    /** A part of a segment, so that indexes are finished within one. */
    private static final int INDEX_BYTES = SampleWal.SEGMENT_BYTES / 4;

    private final SampleWal wal = new SampleWal(1);
    private final WalEvents events = new WalEvents(15);

    private static final class Count implements Consumer<WalRecord> {
        private final WalEvents events;
        private int records;
        private int meaningful;

        Count(WalEvents events) {
            this.events = events;
        }

        @Override
        public void accept(WalRecord record) {
            records++;
            meaningful += events.decode(record).isPresent() ? 1 : 0;
        }
    }

    /**
     * As the capture does while the bytes pass: events, changed blocks and the finished index of
     * the segment.
     */
    @Benchmark
    @OperationsPerInvocation(SEGMENT_MIB)
    public long index() {
        long[] named = new long[1];
        WalReader reader = new WalReader(new Lsn(SampleWal.START), SampleWal.SEGMENT_BYTES);
        IndexBuilder builder =
                new IndexBuilder(
                        15,
                        new Lsn(SampleWal.START),
                        INDEX_BYTES,
                        index -> named[0] += index.summary().records(),
                        _ -> {});
        byte[] bytes = wal.bytes();
        for (int at = 0; at < bytes.length; at += MESSAGE_BYTES) {
            reader.feed(bytes, at, MESSAGE_BYTES, builder::take);
        }
        if (named[0] < wal.records() / 2) {
            throw new IllegalStateException(named[0] + " of " + wal.records() + " records");
        }
        return named[0];
    }

    /** Reads a segment. */
    @Benchmark
    @OperationsPerInvocation(SEGMENT_MIB)
    public int parse() {
        WalReader reader = new WalReader(new Lsn(SampleWal.START), SampleWal.SEGMENT_BYTES);
        Count count = new Count(events);
        byte[] bytes = wal.bytes();
        for (int at = 0; at < bytes.length; at += MESSAGE_BYTES) {
            reader.feed(bytes, at, MESSAGE_BYTES, count);
        }
        if (count.records != wal.records() || count.meaningful != wal.commits()) {
            throw new IllegalStateException(
                    count.records
                            + " records, "
                            + count.meaningful
                            + " commits, "
                            + reader.broken().orElse("not broken")
                            + "; there are "
                            + wal.records()
                            + ", "
                            + wal.commits());
        }
        return count.records;
    }
}
