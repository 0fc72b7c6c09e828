package org.pgkeep.engine.archiving;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.BeatSession;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * What a server that archives says of itself over an ordinary session, which is kept open. One
 * thread.
 */
final class ArchivingServer implements AutoCloseable {
    private static final String QUESTION =
            "SELECT "
                    + BeatSession.BEAT
                    + ", pg_walfile_name(pg_current_wal_insert_lsn()),"
                    + " current_setting('archive_mode'), current_setting('archive_command'),"
                    + " CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity')"
                    + " THEN last_failed_wal END, current_database(),"
                    + " (SELECT system_identifier FROM pg_control_system())"
                    + " FROM "
                    + BeatSession.CLOCK
                    + ", pg_stat_archiver";

    private final BeatSession session;

    ArchivingServer(ProtectedServer server) {
        this.session = new BeatSession(server, "pgkeep archive watch");
    }

    /**
     * One answer.
     *
     * @param serverTime the server's clock, read before the position
     * @param askedNanos {@link System#nanoTime}, before it was asked
     * @param end behind its last byte of WAL
     * @param timeline the one it writes
     * @param archives whether it archives at all
     * @param failing the file it could not hand over at the last try; empty if that went well
     * @param systemIdentifier whose WAL it writes, unsigned
     */
    record Answer(
            Instant serverTime,
            long askedNanos,
            Lsn end,
            TimelineId timeline,
            boolean archives,
            Optional<String> failing,
            String systemIdentifier) {}

    /**
     * Asks it.
     *
     * @throws Failure SERVER_UNREACHABLE, SERVER_ERROR; the next call connects again
     */
    Answer ask() {
        try {
            WireConnection open = session.open();
            long askedNanos = System.nanoTime();
            List<@Nullable String> row = open.query(QUESTION).getFirst();
            String file = String.valueOf(row.get(2));
            session.leaveUnlessUsual(row.get(6));
            return new Answer(
                    BeatSession.instant(row.get(0)),
                    askedNanos,
                    BeatSession.end(row.get(1)),
                    new TimelineId(Integer.parseInt(file.substring(0, 8), 16)),
                    !"off".equals(row.get(3)) && !String.valueOf(row.get(4)).isBlank(),
                    Optional.ofNullable(row.get(5)),
                    Long.toUnsignedString(Long.parseLong(String.valueOf(row.get(7)))));
        } catch (Failure failure) {
            close();
            throw failure;
        }
    }

    /** Tells it to finish its segment, so that it is handed over at once. */
    void switchSegment() {
        try {
            session.open().query("SELECT pg_switch_wal()");
        } catch (Failure failure) {
            close();
            throw failure;
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
