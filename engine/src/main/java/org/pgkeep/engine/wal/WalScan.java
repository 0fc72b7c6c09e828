package org.pgkeep.engine.wal;

import java.util.Optional;
import java.util.function.Consumer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.postgres.wal.WalEvents;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wal.WalReader;
import org.pgkeep.postgres.wal.WalRecord;

/** Reads WAL from the vault as what it means: the commits, drops and restore points in it. */
public final class WalScan {
    private final WalArchive held;
    private final int segmentBytes;
    private final WalEvents events;

    /**
     * A scan of one server's WAL.
     *
     * @param major its major version
     */
    public WalScan(WalArchive held, int segmentBytes, int major) {
        this.held = held;
        this.segmentBytes = segmentBytes;
        this.events = new WalEvents(major);
    }

    /** Takes records and their meaning, in log order. */
    public interface Listener {
        /** A whole record. Called before {@link #event}. */
        default void record(Lsn start, Lsn end) {}

        /** What a record means, if it means anything to a restore. */
        void event(WalEvent event);

        /** A whole record and its meaning: calls the other two. */
        default void decoded(WalRecord record, Optional<WalEvent> event) {
            record(record.start(), record.end());
            event.ifPresent(this::event);
        }

        /** Whether nothing more is wanted; asked from time to time. */
        default boolean isDone() {
            return false;
        }
    }

    /**
     * Hands over what whole records between two positions mean.
     *
     * @param from the start of a page or of a record
     * @return behind the last whole record: where a recovery ends that has no target
     * @throws Failure DAMAGED_WAL if the bytes are no WAL; MISSING_OBJECT or DAMAGED_OBJECT as the
     *     vault says
     */
    public Lsn scan(TimelineHistory history, Lsn from, Lsn to, Listener listener) {
        WalReader reader = new WalReader(from, segmentBytes);
        Consumer<WalRecord> records = record -> listener.decoded(record, events.decode(record));
        held.read(
                history,
                from,
                to,
                (at, bytes, offset, length) -> {
                    reader.feed(bytes, offset, length, records);
                    return !listener.isDone();
                });
        if (reader.state() == WalReader.State.BROKEN) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the WAL held is not whole: " + reader.broken().orElse(""),
                    "moments before " + reader.end() + " can be restored; take a new backup now");
        }
        if (reader.state() == WalReader.State.ENDED
                && reader.firstRecord().isPresent()
                && to.minus(reader.end()) > WalPages.PAGE_BYTES) {
            throw new Failure(
                    Code.DAMAGED_WAL,
                    "the WAL held is empty from " + reader.end() + " on, and goes on to " + to,
                    "moments before " + reader.end() + " can be restored; take a new backup now");
        }
        return reader.end();
    }
}
