package org.pgkeep.testkit.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Commits on one connection and tells the truth log before and after. Owned by the thread that owns
 * the connection.
 */
final class Scribe implements AutoCloseable {
    private static final String INSERT_POSITION =
            "(pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint";

    private static final long IN_PROGRESS_POLL_MILLIS = 20;

    /** SQLSTATE invalid_parameter_value: the crashed server has not come to this number again. */
    private static final String IN_THE_FUTURE = "22023";

    private final Connection connection;
    private final TruthLog log;
    private final InstantSource clock;
    private final PreparedStatement before;
    private final PreparedStatement after;

    Scribe(Connection connection, TruthLog log, InstantSource clock) throws SQLException {
        this.connection = connection;
        this.log = log;
        this.clock = clock;
        try (Statement statement = connection.createStatement()) {
            // what was acknowledged has to survive a crash of the server; stricter stays as it is
            statement.execute(
                    "select set_config('synchronous_commit', 'on', false)"
                            + " where current_setting('synchronous_commit') = 'off'");
            // asking for the time of a commit fails on a server that does not note it
            String time =
                    isOn(statement, "track_commit_timestamp")
                            ? "pg_xact_commit_timestamp(xid.id::xid)"
                            : "null::timestamptz";
            this.before =
                    connection.prepareStatement(
                            "select pg_current_xact_id()::text::bigint, " + INSERT_POSITION);
            this.after =
                    connection.prepareStatement(
                            "select "
                                    + INSERT_POSITION
                                    + ", "
                                    + time
                                    + " from (select cast(cast(? as text) as xid8) as id) xid");
        }
    }

    private static boolean isOn(Statement statement, String setting) throws SQLException {
        try (ResultSet result = statement.executeQuery("show " + setting)) {
            result.next();
            return result.getString(1).equals("on");
        }
    }

    /** Commits the transaction that is open on the connection; auto-commit is on afterwards. */
    void commit(int writer, long seq) throws SQLException {
        long xid;
        long lsn;
        try (ResultSet result = before.executeQuery()) {
            result.next();
            xid = result.getLong(1);
            lsn = result.getLong(2);
        }
        log.sent(writer, seq, xid, lsn, now());
        connection.commit();
        log.acknowledged(writer, seq, now());
        connection.setAutoCommit(true);
        sample(writer, seq, xid);
    }

    /**
     * Finds out what became of a writer's newest transaction, after its connection was lost: first
     * waits until the server has made up its mind (the old session may live on for a moment), then
     * looks for the row. Gives up, leaving it unknown, when told so. The xid alone would not do:
     * after a crash the server may give it again.
     */
    void settle(Truth.Transaction newest, BooleanSupplier giveUp)
            throws SQLException, InterruptedException {
        switch (newest.outcome()) {
            case Outcome.RolledBack() -> {}
            case Outcome.Committed(Commit commit) -> {
                if (commit.lsnAfter().isEmpty()) {
                    sample(newest.writer(), newest.seq(), commit.xid());
                }
            }
            case Outcome.Unknown(Commit commit) -> {
                while (isInProgress(commit.xid())) {
                    if (giveUp.getAsBoolean()) {
                        return;
                    }
                    Thread.sleep(IN_PROGRESS_POLL_MILLIS);
                }
                if (isThere(newest.writer(), newest.seq())) {
                    log.acknowledged(newest.writer(), newest.seq(), now());
                    sample(newest.writer(), newest.seq(), commit.xid());
                } else {
                    log.rolledBack(newest.writer(), newest.seq());
                }
            }
        }
    }

    private boolean isInProgress(long xid) throws SQLException {
        try (PreparedStatement ask =
                connection.prepareStatement(
                        "select pg_xact_status(cast(cast(? as text) as xid8)) = 'in progress'")) {
            ask.setString(1, Long.toString(xid));
            try (ResultSet result = ask.executeQuery()) {
                result.next();
                return result.getBoolean(1);
            }
        } catch (SQLException failed) {
            if (IN_THE_FUTURE.equals(failed.getSQLState())) {
                return false;
            }
            throw failed;
        }
    }

    private boolean isThere(int writer, long seq) throws SQLException {
        try (PreparedStatement ask =
                connection.prepareStatement(
                        "select 1 from ledger_entry where writer = ? and seq = ? limit 1")) {
            ask.setInt(1, writer);
            ask.setLong(2, seq);
            try (ResultSet result = ask.executeQuery()) {
                return result.next();
            }
        }
    }

    private void sample(int writer, long seq, long xid) throws SQLException {
        after.setString(1, Long.toString(xid));
        try (ResultSet result = after.executeQuery()) {
            result.next();
            Optional<Instant> committedAt =
                    Optional.ofNullable(result.getObject(2, OffsetDateTime.class))
                            .map(OffsetDateTime::toInstant);
            log.sampled(writer, seq, result.getLong(1), committedAt);
        }
    }

    private Commit.Moment now() {
        return new Commit.Moment(clock.instant(), System.nanoTime());
    }

    @Override
    public void close() throws SQLException {
        before.close();
        after.close();
    }
}
