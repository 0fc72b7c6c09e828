package org.pgkeep.engine.archiving;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.Sessions;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * What a server that archives says of itself over an ordinary session, which is kept open. One
 * thread.
 */
final class ArchivingServer implements AutoCloseable {
    /** The longer of the two page headers (XLogLongPageHeaderData). */
    private static final int PAGE_HEADER_BYTES_MAX = 40;

    /**
     * The clock is read in a subquery that is evaluated first: a position read before proves
     * nothing.
     */
    private static final String QUESTION =
            "SELECT (extract(epoch FROM t) * 1000000)::bigint, pg_current_wal_insert_lsn(),"
                    + " pg_walfile_name(pg_current_wal_insert_lsn()),"
                    + " current_setting('archive_mode'), current_setting('archive_command'),"
                    + " CASE WHEN last_failed_time > coalesce(last_archived_time, '-infinity')"
                    + " THEN last_failed_wal END, current_database(),"
                    + " (SELECT system_identifier FROM pg_control_system())"
                    + " FROM (SELECT clock_timestamp() AS t OFFSET 0) AS c, pg_stat_archiver";

    private final ProtectedServer server;
    private @Nullable WireConnection connection;

    ArchivingServer(ProtectedServer server) {
        this.server = server;
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
            WireConnection open = open();
            long askedNanos = System.nanoTime();
            List<@Nullable String> row = open.query(QUESTION).getFirst();
            long micros = Long.parseLong(String.valueOf(row.get(0)));
            String file = String.valueOf(row.get(2));
            if (!Sessions.USUAL_DATABASE.equals(row.get(6))) {
                // nobody could copy or drop a database that pgkeep stays in
                close();
            }
            return new Answer(
                    Instant.ofEpochSecond(
                            Math.floorDiv(micros, 1_000_000L),
                            Math.floorMod(micros, 1_000_000L) * 1000),
                    askedNanos,
                    behindPageHeader(Lsn.parse(String.valueOf(row.get(1)))),
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
            open().query("SELECT pg_switch_wal()");
        } catch (Failure failure) {
            close();
            throw failure;
        }
    }

    private WireConnection open() {
        WireConnection open = connection;
        if (open == null) {
            open = Sessions.openLimited(server.socket(), server.user(), "pgkeep archive watch");
            connection = open;
        }
        return open;
    }

    /**
     * The insert position at the start of a page is told as the place behind that page's header,
     * which is not written before the next record is.
     */
    private static Lsn behindPageHeader(Lsn end) {
        Lsn page = end.floor(WalPages.PAGE_BYTES);
        return end.minus(page) <= PAGE_HEADER_BYTES_MAX ? page : end;
    }

    @Override
    public void close() {
        WireConnection open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }
}
