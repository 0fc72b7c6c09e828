package org.pgkeep.testkit.ledger;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;

/**
 * A workload whose outcome is known: the writers' truth.
 *
 * <p>Numbered writers, each on a connection of its own, do numbered transactions: entries with a
 * payload, and transfers between accounts whose sum never changes. Most are small, some write
 * hundreds of rows, some use up to 150 savepoints, some roll back on purpose. Writers remember for
 * each transaction when and where it can have committed, and go on after the server was away. A
 * copy restored from a backup is then compared with that truth by {@link #check}.
 *
 * <pre>{@code
 * try (Ledger ledger = Ledger.on(url, LedgerPlan.defaults().pace(200))) {
 *     ledger.setup();
 *     ledger.start();
 *     ledger.awaitTransactions(500, Duration.ofSeconds(30));
 *     Instant target = ledger.mark();
 *     ledger.awaitTransactions(500, Duration.ofSeconds(30));
 *     ledger.stop();
 *     // ... restore to target, connect to the copy ...
 *     ledger.check(copy, Target.at(target)).orThrow();
 * }
 * }</pre>
 *
 * <p>The user must own the database's schema and may read the log's position; a superuser can do
 * both. The ledger must be stopped before another server, such as a restored one, takes over its
 * URL: writers would ask the wrong server what became of their last transaction. All methods may be
 * called from any thread; they exclude each other, except {@link #truth}, {@link #check}, {@link
 * #mark} and the waiting ones.
 */
public final class Ledger implements AutoCloseable {
    private static final int CONNECT_SECONDS = 5;
    private static final int TROUBLES_MAX = 100;

    /** How long a writer may take to end its transaction before its connection is cut. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String url;
    private final Properties login;
    private final LedgerPlan plan;
    private final InstantSource clock;
    private final TruthLog log;
    private final Gate gate = new Gate();
    private final List<Running> running = new ArrayList<>();
    private final ArrayDeque<String> troubles = new ArrayDeque<>();

    private record Running(Writer writer, Thread thread) {}

    private interface Work {
        void on(Connection connection) throws SQLException;
    }

    private Ledger(String url, Properties login, LedgerPlan plan, InstantSource clock) {
        this.url = url;
        this.login = new Properties();
        this.login.putAll(login);
        this.login.putIfAbsent("ApplicationName", "pgkeep ledger");
        this.login.putIfAbsent("connectTimeout", Integer.toString(CONNECT_SECONDS));
        this.login.putIfAbsent("loginTimeout", Integer.toString(CONNECT_SECONDS));
        this.plan = plan;
        this.clock = clock;
        this.log = TruthLog.begin(UUID.randomUUID().toString(), plan);
    }

    /** A ledger in the database that the URL names, user included; nothing is done there yet. */
    public static Ledger on(String jdbcUrl, LedgerPlan plan) {
        return on(jdbcUrl, new Properties(), plan);
    }

    /**
     * A ledger in the database that the URL names.
     *
     * @param login further properties of pgjdbc, such as {@code user} and {@code password}
     */
    public static Ledger on(String jdbcUrl, Properties login, LedgerPlan plan) {
        return new Ledger(jdbcUrl, login, plan, InstantSource.system());
    }

    /** {@link #setup(Connection)} on a connection of its own. */
    public Act setup() throws SQLException {
        try (Connection connection = connect()) {
            return setup(connection);
        }
    }

    /**
     * Makes the tables {@code ledger_run}, {@code ledger_account}, {@code ledger_entry} in one
     * transaction; drops what an earlier ledger has left, {@code ledger_victim} included. Comes
     * once, before {@link #start}.
     *
     * @throws IllegalStateException when it was done already
     */
    public synchronized Act setup(Connection connection) throws SQLException {
        if (log.acts().stream().anyMatch(act -> act.deed() instanceof Act.Deed.Setup)) {
            throw new IllegalStateException("the ledger's tables were made already");
        }
        return act(
                connection,
                new Act.Deed.Setup(),
                open -> Tables.make(open, log.run(), plan.writers()));
    }

    /** Starts the writers, or starts them again after {@link #stop}. */
    public synchronized void start() {
        if (!running.isEmpty()) {
            throw new IllegalStateException("the writers run already");
        }
        gate.open();
        for (int number = 1; number <= plan.writers(); number++) {
            Writer writer =
                    new Writer(
                            number,
                            url,
                            login,
                            plan.transactionsPerSecond() / plan.writers(),
                            log,
                            gate,
                            clock,
                            this::note);
            Thread thread = Thread.ofVirtual().name("ledger writer " + number).start(writer);
            running.add(new Running(writer, thread));
        }
    }

    /**
     * Lets the writers end their transactions and begin no new ones; when this returns, none is
     * under way, so that the next moments belong to no transaction.
     *
     * @throws IllegalStateException when a writer does not end its transaction in 30 seconds
     */
    public synchronized void pause() {
        gate.pause();
        try {
            if (!gate.awaitEmpty(PATIENCE)) {
                throw new IllegalStateException(
                        "a writer has been inside a transaction for " + PATIENCE);
            }
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    /** Lets the writers go on after {@link #pause}. */
    public synchronized void resume() {
        if (running.isEmpty()) {
            throw new IllegalStateException("the writers do not run");
        }
        gate.open();
    }

    /**
     * Ends the writers. One that hangs in the server for 30 seconds has its connection cut, and its
     * last transaction is unknown.
     */
    public synchronized void stop() {
        gate.close();
        try {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            for (Running one : running) {
                Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
                if (!one.thread().join(left)) {
                    one.writer().abort();
                    one.thread().join();
                }
            }
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
        running.clear();
    }

    /** Now, cut to microseconds as PostgreSQL counts time: a target that it can be told exactly. */
    public Instant mark() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * Waits until so many more transactions than now are acknowledged.
     *
     * @throws IllegalStateException when that takes longer than patience allows; the message holds
     *     the writers' last troubles
     */
    public void awaitTransactions(long more, Duration patience) {
        try {
            if (!log.awaitCommitted(log.committed() + more, patience.toMillis())) {
                throw new IllegalStateException(
                        "the writers did not commit "
                                + more
                                + " transactions in "
                                + patience
                                + "; their troubles: "
                                + troubles());
            }
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    /** How many of the writers' transactions are acknowledged. */
    public long transactions() {
        return log.committed();
    }

    /** Makes {@code ledger_victim} anew with so many known rows, in one transaction. */
    public synchronized Act makeVictim(int rows) throws SQLException {
        try (Connection connection = connect()) {
            return act(
                    connection,
                    new Act.Deed.VictimMade(rows),
                    open -> Tables.makeVictim(open, rows));
        }
    }

    /**
     * Drops {@code ledger_victim}: the accident that people restore for. {@code
     * Target.before(act.commit())} is the point to restore to.
     */
    public synchronized Act dropVictim() throws SQLException {
        try (Connection connection = connect()) {
            return act(connection, new Act.Deed.VictimDropped(), Tables::dropVictim);
        }
    }

    /** What the writers know now; those under way are unknown. */
    public Truth truth() {
        return log.truth();
    }

    /**
     * Compares a copy with the truth, as {@link Truth#check} does. The copy is read before the
     * truth is taken, so this is right even while the writers work on the server that is checked;
     * {@link Target#latest} then asks for what was acknowledged before this call.
     *
     * @throws SQLException when the copy cannot be read at all
     */
    public Check check(Connection restored, Target target) throws SQLException {
        long began = System.nanoTime();
        Copy copy = Copy.read(restored, log.script());
        return new Judge(truth(), target, began).judge(copy);
    }

    /** What went wrong on the writers' connections, the last 100, oldest first. */
    public List<String> troubles() {
        synchronized (troubles) {
            return List.copyOf(troubles);
        }
    }

    /** {@link #stop}, and closes the truth's file. The tables stay. */
    @Override
    public void close() {
        stop();
        log.close();
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url, login);
    }

    private Act act(Connection connection, Act.Deed deed, Work work) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        long number = log.begun(deed);
        try (Scribe scribe = new Scribe(connection, log, clock)) {
            connection.setAutoCommit(false);
            work.on(connection);
            scribe.commit(TruthLog.ACTS, number);
        } finally {
            // ends what a failure left open: switching auto-commit on would commit it
            if (!connection.isClosed() && !connection.getAutoCommit()) {
                connection.rollback();
                connection.setAutoCommit(autoCommit);
            }
        }
        return log.acts().get(Math.toIntExact(number));
    }

    private void note(String trouble) {
        synchronized (troubles) {
            if (troubles.size() == TROUBLES_MAX) {
                troubles.removeFirst();
            }
            troubles.addLast(trouble);
        }
    }

    private static IllegalStateException interrupted(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for the writers", interrupted);
    }
}
