package org.pgkeep.engine.index;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.change.Unpacker;
import org.pgkeep.postgres.wal.WalEvent;

/**
 * Reads what {@link EventWriter} wrote; IllegalArgumentException if the bytes are something else.
 */
final class EventReader {
    private static final int TEXT_BYTES_MAX = 1000;

    private final Unpacker from;
    private long lastEnd;
    private long lastMicros;
    private long lastXid;

    EventReader(Unpacker from, long base) {
        this.from = from;
        this.lastEnd = base;
    }

    WalEvent read() {
        EventKind kind = EventKind.of(from.number(EventKind.newest()));
        Lsn start = new Lsn(lastEnd + from.signed());
        Lsn end = start.plus(from.number());
        lastEnd = end.value();
        return switch (kind) {
            case PLAIN_COMMIT ->
                    new WalEvent.Commit(start, end, xid(), time(), List.of(), List.of());
            case PLAIN_ABORT -> new WalEvent.Abort(start, end, xid(), time(), List.of(), List.of());
            case COMMIT -> {
                long xid = xid();
                yield new WalEvent.Commit(start, end, xid, time(), files(), parts(xid));
            }
            case ABORT -> {
                long xid = xid();
                yield new WalEvent.Abort(start, end, xid, time(), files(), parts(xid));
            }
            case COMMIT_PREPARED -> {
                long xid = xid();
                yield new WalEvent.CommitPrepared(
                        start, end, xid, time(), files(), parts(xid), gid());
            }
            case ABORT_PREPARED -> {
                long xid = xid();
                yield new WalEvent.AbortPrepared(
                        start, end, xid, time(), files(), parts(xid), gid());
            }
            case PREPARE -> {
                long xid = xid();
                yield new WalEvent.Prepare(
                        start,
                        end,
                        xid,
                        time(),
                        from.text(TEXT_BYTES_MAX),
                        from.number(),
                        files(),
                        files(),
                        parts(xid));
            }
            case RESTORE_POINT ->
                    new WalEvent.RestorePoint(start, end, time(), from.text(TEXT_BYTES_MAX));
            case CHECKPOINT -> checkpoint(start, end);
            case REDO_POINT -> new WalEvent.RedoPoint(start, end, level());
            case END_OF_RECOVERY ->
                    new WalEvent.EndOfRecovery(start, end, time(), timeline(), timeline(), level());
            case PARAMETER_CHANGE -> parameters(start, end);
            case SEGMENT_SWITCH -> new WalEvent.SegmentSwitch(start, end);
            case RELATION_CREATED ->
                    new WalEvent.RelationCreated(start, end, xid(), file(), from.number(3));
            case RELATION_TRUNCATED ->
                    new WalEvent.RelationTruncated(
                            start, end, xid(), file(), from.number(), from.objectId());
            case DATABASE_CREATED ->
                    new WalEvent.DatabaseCreated(
                            start,
                            end,
                            xid(),
                            from.objectId(),
                            from.objectId(),
                            from.number(1) == 1);
            case DATABASE_DROPPED -> {
                long xid = xid();
                int database = from.objectId();
                List<Integer> tablespaces = new ArrayList<>();
                for (int left = from.count(); left > 0; left--) {
                    tablespaces.add(from.objectId());
                }
                yield new WalEvent.DatabaseDropped(start, end, xid, database, tablespaces);
            }
            case TABLESPACE_CREATED ->
                    new WalEvent.TablespaceCreated(start, end, xid(), from.objectId());
            case TABLESPACE_DROPPED ->
                    new WalEvent.TablespaceDropped(start, end, xid(), from.objectId());
        };
    }

    private WalEvent checkpoint(Lsn start, Lsn end) {
        int flags = from.number(3);
        Lsn redo = start.plus(-from.signed());
        TimelineId timeline = timeline();
        TimelineId previous = timeline();
        return new WalEvent.Checkpoint(
                start,
                end,
                (flags & 1) != 0,
                redo,
                timeline,
                previous,
                (flags & 2) != 0,
                time(),
                level());
    }

    private WalEvent parameters(Lsn start, Lsn end) {
        int[] values = new int[6];
        for (int i = 0; i < values.length; i++) {
            values[i] = from.objectId();
        }
        int flags = from.number(3);
        return new WalEvent.ParameterChange(
                start,
                end,
                values[0],
                values[1],
                values[2],
                values[3],
                values[4],
                values[5],
                (flags & 1) != 0,
                (flags & 2) != 0);
    }

    private long xid() {
        lastXid += from.signed();
        return lastXid;
    }

    private Instant time() {
        lastMicros += from.signed();
        return Instant.EPOCH.plus(lastMicros, ChronoUnit.MICROS);
    }

    private TimelineId timeline() {
        return new TimelineId(from.objectId());
    }

    private Optional<String> gid() {
        return from.number(1) == 1 ? Optional.of(from.text(TEXT_BYTES_MAX)) : Optional.empty();
    }

    private OptionalInt level() {
        int told = from.number(100);
        return told == 0 ? OptionalInt.empty() : OptionalInt.of(told - 1);
    }

    private List<RelationFile> files() {
        List<RelationFile> files = new ArrayList<>();
        for (int left = from.count(); left > 0; left--) {
            files.add(file());
        }
        return files;
    }

    private RelationFile file() {
        return new RelationFile(from.objectId(), from.objectId(), from.objectId());
    }

    private List<Long> parts(long xid) {
        List<Long> parts = new ArrayList<>();
        long last = xid;
        for (int left = from.count(); left > 0; left--) {
            last += from.signed();
            parts.add(last);
        }
        return parts;
    }
}
