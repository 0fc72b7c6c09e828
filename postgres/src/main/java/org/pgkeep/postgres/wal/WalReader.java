package org.pgkeep.postgres.wal;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/** Turns WAL bytes, fed in order in runs of any length, into records. */
public final class WalReader {
    /** How far it has come. */
    public enum State {
        /** Everything fed so far is WAL, and more can follow. */
        READING,
        /** Where a record should begin there are zeros: the WAL ends there. */
        ENDED,
        /** The bytes are wrong; see {@link #broken()}. */
        BROKEN
    }

    private Lsn fed;

    /**
     * A reader that accepts any server's WAL.
     *
     * @param start the position of the first byte that will be fed: the start of a page (a record
     *     continued from an earlier page is passed over), or exactly the start of a record
     * @param segmentBytes the cluster's segment size
     */
    public WalReader(Lsn start, int segmentBytes) {
        this(start, segmentBytes, OptionalLong.empty());
    }

    /** As the other; a long header with another system identifier is wrong. */
    public WalReader(Lsn start, int segmentBytes, OptionalLong systemIdentifier) {
        this.fed = start;
    }

    /**
     * Takes the next bytes and hands over every record that became whole, in order. Bytes behind
     * the end of valid WAL are passed over.
     */
    public void feed(byte[] bytes, int offset, int length, Consumer<WalRecord> records) {
        fed = fed.plus(length);
        throw new UnsupportedOperationException();
    }

    /** The position of the next byte expected. */
    public Lsn fed() {
        return fed;
    }

    /**
     * The position behind the last whole record, as PostgreSQL counts it ({@link WalRecord#end()});
     * the start while there was none. May lie up to 7 bytes behind {@link #fed()}, and behind a
     * segment switch up to a segment.
     */
    public Lsn end() {
        return fed;
    }

    /** How far it has come. */
    public State state() {
        return State.READING;
    }

    /** What is wrong with the bytes, a clause that names the position; empty if nothing is. */
    public Optional<String> broken() {
        return Optional.empty();
    }

    /** The position of the first record handed over. */
    public Optional<Lsn> firstRecord() {
        return Optional.empty();
    }

    /** The timeline in the newest page header seen; empty before the first. */
    public Optional<TimelineId> timeline() {
        return Optional.empty();
    }

    /** The system identifier in the newest long header seen; empty before the first. */
    public OptionalLong systemIdentifier() {
        return OptionalLong.empty();
    }

    /** The major version that wrote the pages; empty before the first page header. */
    public OptionalInt majorVersion() {
        return OptionalInt.empty();
    }
}
