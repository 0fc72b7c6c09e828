package org.pgkeep.engine.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.change.ChangeCollector;
import org.pgkeep.postgres.wal.WalEvent;
import org.pgkeep.postgres.wal.WalEvents;
import org.pgkeep.postgres.wal.WalRecord;

/**
 * Makes indexes from records, one for each range of {@code step} bytes in which a record starts, as
 * soon as a record behind the range is seen. A range in which it begins, or in which a record makes
 * no sense, gets none. Owned by one thread.
 */
public final class IndexBuilder {
    /** As much WAL as an index object speaks of. */
    public static final int STEP_BYTES = 16 << 20;

    private final int major;
    private final int step;
    private final Consumer<WalIndex> finished;
    private final Consumer<Lsn> unlogged;
    private final WalEvents decoder;

    /** Where the range begins that records are taken for; records before it are passed over. */
    private Lsn from;

    private List<WalEvent> events = new ArrayList<>();
    private Summarizer summary = new Summarizer();
    private ChangeCollector changes;
    private Lsn lastEnd;
    private long records;
    private boolean senseless;

    /** Whether the level was minimal when it was last told. */
    private boolean minimal;

    /**
     * A builder for one timeline of one server.
     *
     * @param major the server's major version
     * @param start where the first record is looked for
     * @param step the length of a range, a power of two
     * @param finished takes each index
     * @param unlogged is told at once where {@code wal_level} becomes minimal
     */
    public IndexBuilder(
            int major, Lsn start, int step, Consumer<WalIndex> finished, Consumer<Lsn> unlogged) {
        this.major = major;
        this.step = step;
        this.finished = finished;
        this.unlogged = unlogged;
        this.decoder = new WalEvents(major);
        this.from = start.plus(step - 1).floor(step);
        this.changes = new ChangeCollector(major);
        this.lastEnd = from;
    }

    /** Takes the next record. */
    public void take(WalRecord record) {
        Lsn start = record.start();
        if (start.isBefore(from)) {
            return;
        }
        if (!start.isBefore(from.plus(step))) {
            finish(start.floor(step));
        }
        records++;
        lastEnd = record.end();
        if (senseless) {
            return;
        }
        try {
            Optional<WalEvent> event = decoder.decode(record);
            changes.take(record, event);
            event.ifPresent(this::note);
        } catch (Failure failure) {
            // whoever asks reads the WAL, and is told there
            senseless = true;
        }
    }

    private void note(WalEvent event) {
        if (event.levelFromHere().orElse(1) == 0 && !minimal) {
            unlogged.accept(event.start());
        }
        if (event.levelFromHere().isPresent()) {
            minimal = event.levelFromHere().getAsInt() == 0;
        }
        summary.take(event);
        events.add(event);
    }

    private void finish(Lsn next) {
        if (records > 0 && !senseless) {
            finished.accept(
                    new WalIndex(
                            summary.summary(from, next, lastEnd, records), events, changes.map()));
        }
        from = next;
        lastEnd = next;
        events = new ArrayList<>();
        summary = new Summarizer();
        changes = new ChangeCollector(major);
        records = 0;
        senseless = false;
    }
}
