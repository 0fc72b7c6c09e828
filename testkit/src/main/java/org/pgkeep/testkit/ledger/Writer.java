package org.pgkeep.testkit.ledger;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One writer: does transaction after transaction, and connects again when its connection is lost.
 * One thread runs it; only {@link #abort} may be called from another.
 */
final class Writer implements Runnable {
    private static final long RETRY_MILLIS = 50;

    /** A writer that fell behind its pace by more than this does not catch up. */
    private static final long LAG_NANOS_MAX = 1_000_000_000;

    private final int number;
    private final String url;
    private final Properties login;
    private final double perSecond;
    private final TruthLog log;
    private final Gate gate;
    private final InstantSource clock;
    private final Consumer<String> trouble;
    private volatile Optional<Connection> open = Optional.empty();
    private long nextSeq;
    private long dueNanos;

    Writer(
            int number,
            String url,
            Properties login,
            double perSecond,
            TruthLog log,
            Gate gate,
            InstantSource clock,
            Consumer<String> trouble) {
        this.number = number;
        this.url = url;
        this.login = login;
        this.perSecond = perSecond;
        this.log = log;
        this.gate = gate;
        this.clock = clock;
        this.trouble = trouble;
    }

    @Override
    public void run() {
        dueNanos = System.nanoTime();
        try {
            while (!work()) {
                gate.restMillis(RETRY_MILLIS);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException broken) {
            trouble.accept("writer " + number + " has ended: " + broken);
            throw broken;
        }
    }

    /** Ends a call that is stuck in the server or the network. */
    void abort() {
        try {
            Optional<Connection> connection = open;
            if (connection.isPresent()) {
                connection.get().abort(Runnable::run);
            }
        } catch (SQLException failed) {
            trouble.accept("writer " + number + ": " + failed.getMessage());
        }
    }

    /** Works on one connection; true when the gate is closed, false when the connection is lost. */
    private boolean work() throws InterruptedException {
        try (Connection connection = DriverManager.getConnection(url, login)) {
            open = Optional.of(connection);
            try (Scribe scribe = new Scribe(connection, log, clock);
                    Pen pen = new Pen(connection)) {
                Optional<Truth.Transaction> newest = log.newest(number);
                if (newest.isPresent()) {
                    scribe.settle(newest.get(), gate::isClosed);
                }
                nextSeq = newest.map(Truth.Transaction::seq).orElse(0L) + 1;
                while (gate.enter()) {
                    try {
                        transaction(connection, pen, scribe, nextSeq++);
                    } finally {
                        gate.leave();
                    }
                    keepPace();
                }
                return true;
            }
        } catch (SQLException lost) {
            trouble.accept("writer " + number + ": " + lost.getMessage());
            return gate.isClosed();
        } finally {
            open = Optional.empty();
        }
    }

    private void transaction(Connection connection, Pen pen, Scribe scribe, long seq)
            throws SQLException {
        boolean commits = false;
        try {
            connection.setAutoCommit(false);
            List<Script.Line> lines = log.script().lines(number, seq);
            switch (log.script().kind(number, seq)) {
                case SMALL, BIG -> {
                    pen.write(number, seq, lines);
                    commits = true;
                }
                case SAVEPOINTS -> {
                    writeInSavepoints(connection, pen, seq, lines);
                    commits = true;
                }
                case ROLLED_BACK -> {
                    pen.write(number, seq, lines);
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        } finally {
            // also when it failed: without a COMMIT it cannot be there
            if (!commits) {
                log.rolledBack(number, seq);
            }
        }
        if (commits) {
            commit(scribe, seq);
        }
    }

    private void commit(Scribe scribe, long seq) throws SQLException {
        try {
            scribe.commit(number, seq);
        } catch (SQLException failed) {
            boolean sent = log.newest(number).map(newest -> newest.seq() == seq).orElse(false);
            if (!sent) {
                log.rolledBack(number, seq);
            }
            throw failed;
        }
    }

    private void writeInSavepoints(
            Connection connection, Pen pen, long seq, List<Script.Line> lines) throws SQLException {
        for (Script.Line line : lines) {
            Savepoint savepoint = connection.setSavepoint();
            pen.write(number, seq, List.of(line));
            if (line.undone()) {
                connection.rollback(savepoint);
            }
            connection.releaseSavepoint(savepoint);
        }
    }

    private void keepPace() throws InterruptedException {
        if (perSecond == 0) {
            return;
        }
        long now = System.nanoTime();
        dueNanos = Math.max(dueNanos + (long) (1e9 / perSecond), now - LAG_NANOS_MAX);
        gate.rest(dueNanos - now);
    }

    /** The statements that a transaction consists of. */
    private static final class Pen implements AutoCloseable {
        private final PreparedStatement insert;
        private final PreparedStatement update;

        Pen(Connection connection) throws SQLException {
            insert =
                    connection.prepareStatement(
                            "insert into ledger_entry values (?, ?, ?, ?, ?, ?, ?)");
            update =
                    connection.prepareStatement(
                            "update ledger_account set balance = balance + ? where id = ?");
        }

        void write(int writer, long seq, List<Script.Line> lines) throws SQLException {
            TreeMap<Integer, Long> changes = new TreeMap<>();
            for (Script.Line line : lines) {
                insert.setInt(1, writer);
                insert.setLong(2, seq);
                insert.setInt(3, line.number());
                insert.setInt(4, line.source());
                insert.setInt(5, line.target());
                insert.setLong(6, line.amount());
                insert.setBytes(7, line.payload());
                insert.addBatch();
                changes.merge(line.source(), -line.amount(), Long::sum);
                changes.merge(line.target(), line.amount(), Long::sum);
            }
            insert.executeBatch();
            for (var change : changes.entrySet()) {
                update.setLong(1, change.getValue());
                update.setInt(2, change.getKey());
                update.addBatch();
            }
            for (int changed : update.executeBatch()) {
                if (changed != 1) {
                    throw new SQLException("an account of writer " + writer + " is missing");
                }
            }
        }

        @Override
        public void close() throws SQLException {
            insert.close();
            update.close();
        }
    }
}
