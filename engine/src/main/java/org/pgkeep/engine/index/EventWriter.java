package org.pgkeep.engine.index;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.change.Packer;
import org.pgkeep.postgres.wal.WalEvent;

/**
 * Writes events as differences from the one before: a commit takes about eight bytes.
 * docs/format.md tells them.
 */
final class EventWriter {
    private final Packer to;
    private long lastEnd;
    private long lastMicros;
    private long lastXid;

    EventWriter(Packer to, long base) {
        this.to = to;
        this.lastEnd = base;
    }

    void write(WalEvent event) {
        EventKind kind = EventKind.of(event);
        to.number(kind.code());
        to.signed(event.start().value() - lastEnd);
        to.number(event.end().minus(event.start()));
        lastEnd = event.end().value();
        switch (event) {
            case WalEvent.CommitPrepared end -> {
                end(end, kind);
                gid(end.gid());
            }
            case WalEvent.AbortPrepared end -> {
                end(end, kind);
                gid(end.gid());
            }
            case WalEvent.TransactionEnd end -> end(end, kind);
            case WalEvent.Prepare prepare -> {
                xid(prepare.xid());
                time(prepare.time());
                to.text(prepare.gid());
                to.number(prepare.database());
                files(prepare.droppedOnCommit());
                files(prepare.droppedOnAbort());
                parts(prepare.subtransactions(), prepare.xid());
            }
            case WalEvent.RestorePoint point -> {
                time(point.time());
                to.text(point.name());
            }
            case WalEvent.Checkpoint checkpoint -> {
                to.number((checkpoint.shutdown() ? 1 : 0) | (checkpoint.fullPageWrites() ? 2 : 0));
                to.signed(checkpoint.start().minus(checkpoint.redo()));
                to.objectId(checkpoint.timeline().value());
                to.objectId(checkpoint.previousTimeline().value());
                time(checkpoint.time());
                level(checkpoint.levelFromHere());
            }
            case WalEvent.RedoPoint point -> level(point.levelFromHere());
            case WalEvent.EndOfRecovery end -> {
                time(end.time());
                to.objectId(end.timeline().value());
                to.objectId(end.previousTimeline().value());
                level(end.levelFromHere());
            }
            case WalEvent.ParameterChange change -> {
                to.objectId(change.maxConnections());
                to.objectId(change.maxWorkerProcesses());
                to.objectId(change.maxWalSenders());
                to.objectId(change.maxPreparedTransactions());
                to.objectId(change.maxLocksPerTransaction());
                to.objectId(change.walLevel());
                to.number((change.walLogHints() ? 1 : 0) | (change.trackCommitTimestamp() ? 2 : 0));
            }
            case WalEvent.SegmentSwitch _ -> {}
            case WalEvent.RelationCreated made -> {
                xid(made.xid());
                file(made.relation());
                to.number(made.fork());
            }
            case WalEvent.RelationTruncated cut -> {
                xid(cut.xid());
                file(cut.relation());
                to.number(cut.blocks());
                to.number(cut.flags());
            }
            case WalEvent.DatabaseCreated made -> {
                xid(made.xid());
                to.objectId(made.tablespace());
                to.objectId(made.database());
                to.number(made.copied() ? 1 : 0);
            }
            case WalEvent.DatabaseDropped dropped -> {
                xid(dropped.xid());
                to.objectId(dropped.database());
                to.number(dropped.tablespaces().size());
                dropped.tablespaces().forEach(to::objectId);
            }
            case WalEvent.TablespaceCreated made -> {
                xid(made.xid());
                to.objectId(made.tablespace());
            }
            case WalEvent.TablespaceDropped dropped -> {
                xid(dropped.xid());
                to.objectId(dropped.tablespace());
            }
        }
    }

    private void end(WalEvent.TransactionEnd end, EventKind kind) {
        xid(end.xid());
        time(end.time());
        if (kind.hasMore()) {
            files(end.dropped());
            parts(end.subtransactions(), end.xid());
        }
    }

    private void xid(long xid) {
        to.signed(xid - lastXid);
        lastXid = xid;
    }

    private void time(Instant time) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, time);
        to.signed(micros - lastMicros);
        lastMicros = micros;
    }

    private void gid(Optional<String> gid) {
        to.number(gid.isPresent() ? 1 : 0);
        gid.ifPresent(to::text);
    }

    private void level(OptionalInt level) {
        to.objectId(level.isPresent() ? level.getAsInt() + 1 : 0);
    }

    private void files(List<RelationFile> files) {
        to.number(files.size());
        files.forEach(this::file);
    }

    private void file(RelationFile file) {
        to.objectId(file.tablespace());
        to.objectId(file.database());
        to.objectId(file.relation());
    }

    private void parts(List<Long> parts, long xid) {
        to.number(parts.size());
        long last = xid;
        for (long part : parts) {
            to.signed(part - last);
            last = part;
        }
    }
}
