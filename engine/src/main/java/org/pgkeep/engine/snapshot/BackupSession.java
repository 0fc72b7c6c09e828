package org.pgkeep.engine.snapshot;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.Sessions;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.files.BackupLabel;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.wire.WireConnection;

/**
 * The server's side of a backup: one session from {@code pg_backup_start} to {@code
 * pg_backup_stop}. Closing it before the stop makes the server forget the backup. While it lasts
 * the server writes full pages into its WAL, whatever {@code full_page_writes} says
 * (do_pg_backup_start in xlog.c).
 */
final class BackupSession implements AutoCloseable {
    private final WireConnection connection;
    private final PostgresVersion version;
    private @Nullable Lsn startLsn;
    private @Nullable TimelineId startTimeline;
    private @Nullable Ended ended;

    /**
     * What the server said at the end.
     *
     * @param lsn where the copy becomes consistent
     * @param at the server's clock behind that
     */
    private record Ended(
            Lsn lsn, Instant at, String label, String tablespaceMap, TimelineId timeline) {}

    private BackupSession(WireConnection connection) {
        this.connection = connection;
        this.version = PostgresVersion.parse(connection.parameter("server_version"));
    }

    /**
     * Connects, and makes sure that the server is the one meant and its directory is readable here.
     */
    static BackupSession open(ProtectedServer server, ServerDocument document) {
        WireConnection connection = Sessions.open(server.socket(), server.user(), "pgkeep backup");
        try {
            BackupSession session = new BackupSession(connection);
            session.refuseForeign(server, document);
            return session;
        } catch (Failure failure) {
            connection.close();
            throw failure;
        }
    }

    private void refuseForeign(ProtectedServer server, ServerDocument document) {
        List<@Nullable String> row =
                connection
                        .query(
                                "SELECT system_identifier, pg_is_in_recovery(),"
                                        + " current_setting('wal_level') FROM pg_control_system()")
                        .getFirst();
        String here = Long.toUnsignedString(Long.parseLong(text(row, 0)));
        Path control = server.dataDirectory().resolve("global/pg_control");
        String onDisk = Long.toUnsignedString(ControlFile.read(control).systemIdentifier());
        if (!here.equals(document.systemIdentifier()) || !onDisk.equals(here)) {
            throw new Failure(
                    Code.FOREIGN_DIRECTORY,
                    "another server answers at " + server.socket().file() + " than is expected",
                    "expected system identifier "
                            + document.systemIdentifier()
                            + ", the server says "
                            + here
                            + ", its directory "
                            + server.dataDirectory()
                            + " says "
                            + onDisk);
        }
        if (text(row, 1).equals("t")) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the server is still recovering",
                    "take the backup when it is running");
        }
        if (text(row, 2).equals("minimal")) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "wal_level is minimal: its WAL can't restore a backup",
                    "set wal_level = replica on the server and restart it");
        }
    }

    void start(String name) {
        String label = "'" + ("pgkeep " + name).replace("'", "''") + "'";
        String sql =
                version.major() >= 15
                        ? "SELECT pg_backup_start(" + label + ", true)"
                        : "SELECT pg_start_backup(" + label + ", true, false)";
        startLsn = Lsn.parse(text(connection.query(sql).getFirst(), 0));
        // the checkpoint that it made says on which timeline
        String timeline = "SELECT timeline_id FROM pg_control_checkpoint()";
        startTimeline = TimelineId.parse(text(connection.query(timeline).getFirst(), 0));
    }

    void stop() {
        // the server is not to wait for an archive_command: whether the WAL is held, the vault
        // knows
        String sql =
                version.major() >= 15
                        ? "SELECT lsn, labelfile, spcmapfile FROM pg_backup_stop(false)"
                        : "SELECT lsn, labelfile, spcmapfile FROM pg_stop_backup(false, false)";
        List<@Nullable String> row = connection.query(sql).getFirst();
        List<@Nullable String> time =
                connection
                        .query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
                        .getFirst();
        long micros = Long.parseLong(text(time, 0));
        String label = text(row, 1);
        String map = row.get(2) == null ? "" : text(row, 2);
        ended =
                new Ended(
                        Lsn.parse(text(row, 0)),
                        Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1000),
                        label,
                        map,
                        BackupLabel.parse(label).startTimeline());
    }

    private static String text(List<@Nullable String> row, int column) {
        String value = row.get(column);
        if (value == null) {
            throw new Failure(
                    Code.SERVER_ERROR,
                    "the server answered with a null where it never does",
                    "look into the server's log");
        }
        return value;
    }

    Lsn startLsn() {
        Lsn start = startLsn;
        if (start == null) {
            throw new IllegalStateException("not started");
        }
        return start;
    }

    /** The timeline that the server writes, as far as is known before the end. */
    TimelineId startTimeline() {
        TimelineId start = startTimeline;
        if (start == null) {
            throw new IllegalStateException("not started");
        }
        return start;
    }

    private Ended ended() {
        Ended end = ended;
        if (end == null) {
            throw new IllegalStateException("not stopped");
        }
        return end;
    }

    Lsn stopLsn() {
        return ended().lsn();
    }

    Instant stoppedAt() {
        return ended().at();
    }

    TimelineId timeline() {
        return ended().timeline();
    }

    String backupLabel() {
        return ended().label();
    }

    String tablespaceMap() {
        return ended().tablespaceMap();
    }

    PostgresVersion version() {
        return version;
    }

    @Override
    public void close() {
        connection.close();
    }
}
