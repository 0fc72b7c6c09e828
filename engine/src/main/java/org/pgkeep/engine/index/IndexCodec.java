package org.pgkeep.engine.index;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.change.ChangedBlocks;
import org.pgkeep.postgres.change.Packer;
import org.pgkeep.postgres.change.Unpacker;
import org.pgkeep.postgres.wal.WalEvent;

/**
 * The bytes of an index object; docs/format.md tells them. What does not parse is an
 * IllegalArgumentException, whatever the bytes are.
 */
final class IndexCodec {
    private static final int FORMAT = 1;
    private static final int HEAD_BYTES_EXPECTED = 200;

    private static final int REMOVES_FOLDERS = 1;
    private static final int CHANGES_FILES = 2;

    private IndexCodec() {}

    static byte[] head(IndexSummary summary) {
        Packer to = new Packer(HEAD_BYTES_EXPECTED);
        to.number(FORMAT);
        to.number(summary.from().value());
        to.number(summary.to().minus(summary.from()));
        to.number(summary.lastEnd().minus(summary.from()));
        to.number(summary.records());
        end(to, summary.firstCommit(), summary.from());
        end(to, summary.lastCommit(), summary.from());
        time(to, summary.newestEnd());
        time(to, summary.newestTime());
        to.number(summary.xidMin());
        to.number(summary.xidMax());
        to.number(
                (summary.removesFolders() ? REMOVES_FOLDERS : 0)
                        | (summary.changesFiles() ? CHANGES_FILES : 0));
        RecoveryNeeds needs = summary.needs();
        to.objectId(needs.maxConnections());
        to.objectId(needs.maxWorkerProcesses());
        to.objectId(needs.maxWalSenders());
        to.objectId(needs.maxPreparedTransactions());
        to.objectId(needs.maxLocksPerTransaction());
        to.number(summary.unlogged().map(at -> at.minus(summary.from()) + 1).orElse(0L));
        return to.bytes();
    }

    private static void end(Packer to, Optional<IndexSummary.End> end, Lsn from) {
        time(to, end.map(IndexSummary.End::time));
        if (end.isPresent()) {
            to.number(end.get().xid());
            to.number(end.get().lsn().minus(from));
        }
    }

    private static void time(Packer to, Optional<Instant> time) {
        to.number(time.isPresent() ? 1 : 0);
        time.ifPresent(at -> to.signed(ChronoUnit.MICROS.between(Instant.EPOCH, at)));
    }

    static IndexSummary summary(byte[] head) {
        Unpacker from = new Unpacker(head);
        if (from.number() != FORMAT) {
            throw new IllegalArgumentException("an index of another format");
        }
        Lsn start = new Lsn(from.number());
        Lsn to = start.plus(from.number());
        Lsn lastEnd = start.plus(from.number());
        long records = from.number();
        Optional<IndexSummary.End> firstCommit = end(from, start);
        Optional<IndexSummary.End> lastCommit = end(from, start);
        Optional<Instant> newestEnd = time(from);
        Optional<Instant> newestTime = time(from);
        long xidMin = from.number();
        long xidMax = from.number();
        int flags = from.number(REMOVES_FOLDERS | CHANGES_FILES);
        return new IndexSummary(
                start,
                to,
                lastEnd,
                records,
                firstCommit,
                lastCommit,
                newestEnd,
                newestTime,
                xidMin,
                xidMax,
                (flags & REMOVES_FOLDERS) != 0,
                (flags & CHANGES_FILES) != 0,
                new RecoveryNeeds(
                        from.objectId(),
                        from.objectId(),
                        from.objectId(),
                        from.objectId(),
                        from.objectId()),
                Optional.of(from.number())
                        .filter(told -> told != 0)
                        .map(told -> start.plus(told - 1)));
    }

    private static Optional<IndexSummary.End> end(Unpacker from, Lsn start) {
        return time(from)
                .map(time -> new IndexSummary.End(time, from.number(), start.plus(from.number())));
    }

    private static Optional<Instant> time(Unpacker from) {
        if (from.number(1) == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.EPOCH.plus(from.signed(), ChronoUnit.MICROS));
        } catch (DateTimeException | ArithmeticException beyond) {
            throw new IllegalArgumentException("no time", beyond);
        }
    }

    static byte[] body(WalIndex index) {
        Packer to = new Packer(16 * index.events().size() + 4096);
        to.number(index.events().size());
        EventWriter writer = new EventWriter(to, index.summary().from().value());
        index.events().forEach(writer::write);
        index.changed().write(to);
        return to.bytes();
    }

    static WalIndex index(IndexSummary summary, byte[] body) {
        Unpacker from = new Unpacker(body);
        int count = from.count();
        List<WalEvent> events = new ArrayList<>(count);
        try {
            EventReader reader = new EventReader(from, summary.from().value());
            for (int i = 0; i < count; i++) {
                events.add(reader.read());
            }
        } catch (DateTimeException | ArithmeticException beyond) {
            throw new IllegalArgumentException("no time", beyond);
        }
        ChangedBlocks changed = ChangedBlocks.read(from);
        if (from.hasMore()) {
            throw new IllegalArgumentException("bytes behind the end");
        }
        return new WalIndex(summary, events, changed);
    }
}
