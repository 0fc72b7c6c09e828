package org.pgkeep.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.wal.WalPages;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * An ordinary session that is kept open, in which a server is asked for its clock and the end of
 * its WAL again and again. One thread.
 */
public final class BeatSession implements AutoCloseable {
    /**
     * What to select from, for a clock {@code t} that is read before any position: a position read
     * before the clock proves nothing.
     */
    public static final String CLOCK = "(SELECT clock_timestamp() AS t OFFSET 0) AS c";

    /** The columns that {@link #instant} and {@link #end} understand. */
    public static final String BEAT =
            "(extract(epoch FROM t) * 1000000)::bigint, pg_current_wal_insert_lsn()";

    /** The longer of the two page headers (XLogLongPageHeaderData). */
    private static final int PAGE_HEADER_BYTES_MAX = 40;

    private final ProtectedServer server;
    private final String application;
    private @Nullable WireConnection connection;

    /** A session that is opened when it is needed, under the name of an application. */
    public BeatSession(ProtectedServer server, String application) {
        this.server = server;
        this.application = application;
    }

    /**
     * The connection; a new one where there is none.
     *
     * @throws Failure SERVER_UNREACHABLE, SERVER_ERROR
     */
    public WireConnection open() {
        WireConnection open = connection;
        if (open == null) {
            open = Sessions.openLimited(server.socket(), server.user(), application);
            connection = open;
        }
        return open;
    }

    /**
     * Ends it if it is in any other than the usual database: nobody could copy or drop that one.
     */
    public void leaveUnlessUsual(@Nullable String database) {
        if (!Sessions.USUAL_DATABASE.equals(database)) {
            close();
        }
    }

    /** The clock's answer, in microseconds since 1970. */
    public static Instant instant(@Nullable String answer) {
        long micros = Long.parseLong(String.valueOf(answer));
        return Instant.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
    }

    /**
     * Behind the server's last byte of WAL. The insert position at the start of a page is told as
     * the place behind that page's header, which is not written before the next record is: the WAL
     * ends before the header.
     */
    public static Lsn end(@Nullable String answer) {
        Lsn end = Lsn.parse(String.valueOf(answer));
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
