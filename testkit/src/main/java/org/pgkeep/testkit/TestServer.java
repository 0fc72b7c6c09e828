package org.pgkeep.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One real PostgreSQL server for a test: a fresh cluster in a temporary folder, listening on a free
 * loopback port and a unix socket, without passwords.
 *
 * <p>It runs as a child of this process under its own pid, as user {@code postgres} when we are
 * root. {@link #close} stops it and removes everything; a hook does the same when the process ends
 * without having closed it (not when it is killed with SIGKILL). All methods may be called from any
 * thread; they exclude each other.
 */
public final class TestServer implements AutoCloseable {
    /** The database superuser of every test server. */
    public static final String SUPERUSER = "postgres";

    /** How long a start or stop may take; crash recovery of a big test database included. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final long POLL_MILLIS = 10;

    /** Below Linux's range for outgoing connections, so that none of those takes our port. */
    private static final int PORT_FROM = 15_000;

    private static final int PORT_TO = 32_000;
    private static final int PORT_ATTEMPTS = 20;

    /** Length of sun_path in sockaddr_un, its end mark included. */
    private static final int SOCKET_PATH_BYTES_MAX = 107;

    private static final Set<TestServer> OPEN = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> OPEN.forEach(TestServer::close), "close servers"));
    }

    private final PostgresBinaries binaries;
    private final ServerUser user = ServerUser.choose();
    private final Path base;
    private final Path dataDirectory;
    private final Path log;
    private int port;
    private Optional<Process> postmaster = Optional.empty();

    private TestServer(PostgresBinaries binaries, Path base, Path dataDirectory) {
        this.binaries = binaries;
        this.base = base;
        this.dataDirectory = dataDirectory;
        this.log = base.resolve("server.log");
    }

    /** How a server is asked to stop. */
    public enum StopMode {
        /** Waits until all clients have left. */
        SMART("TERM"),
        /** Ends the clients' sessions, writes a checkpoint. */
        FAST("INT"),
        /** No checkpoint: the next start recovers as after a crash. */
        IMMEDIATE("QUIT");

        private final String signal;

        StopMode(String signal) {
            this.signal = signal;
        }
    }

    /** Makes and starts a server with {@link ServerSettings#defaults}. */
    public static TestServer start(PostgresBinaries binaries) {
        return start(binaries, ServerSettings.defaults());
    }

    /**
     * Makes and starts a server; it accepts connections when this returns.
     *
     * @throws IllegalStateException when it does not start; the message holds the end of its log
     */
    public static TestServer start(PostgresBinaries binaries, ServerSettings settings) {
        Path base = newBase();
        TestServer server = new TestServer(binaries, base, base.resolve("data"));
        return server.orRemoved(() -> {
            List<String> initdb = new ArrayList<>(List.of(binaries.program("initdb").toString()));
            initdb.addAll(settings.initdbArgumentsFor(binaries.major()));
            initdb.add("--pgdata=" + server.dataDirectory);
            Processes.run(server.user.command(initdb));
            server.configure(settings.configurationText());
            server.startOnFreePort();
        });
    }

    /**
     * Starts a server on a data directory that is there already, such as a restored one. The
     * directory must belong to the user that servers run as; it gets a new port and socket by lines
     * at the end of its {@code postgresql.conf}, and {@link #close} leaves it in place.
     */
    public static TestServer startOver(PostgresBinaries binaries, Path dataDirectory) {
        TestServer server = new TestServer(binaries, newBase(), dataDirectory);
        return server.orRemoved(server::startOnFreePort);
    }

    /** Starts the server again after {@link #stop} or {@link #crash}, on the same port. */
    public synchronized void start() {
        if (isRunning()) {
            throw new IllegalStateException("the server runs already");
        }
        if (!launch()) {
            throw new IllegalStateException("the server does not start:\n" + logTail());
        }
    }

    /** Stops the server and waits for its end; does nothing when it does not run. */
    public synchronized void stop(StopMode mode) {
        if (isRunning()) {
            Process process = postmaster.orElseThrow();
            Processes.signal(mode.signal, List.of(process.pid()));
            awaitEnd(process);
        }
        postmaster = Optional.empty();
    }

    /** Stops (fast) and starts again. */
    public synchronized void restart() {
        stop(StopMode.FAST);
        start();
    }

    /**
     * Kills the postmaster and all its processes with SIGKILL, as a power cut would as far as
     * processes go; returns when all are gone. {@link #start} recovers.
     */
    public synchronized void crash() {
        if (!isRunning()) {
            throw new IllegalStateException("the server does not run");
        }
        Process process = postmaster.orElseThrow();
        // stopped first, so that it cannot start a child that nobody counted
        Processes.signal("STOP", List.of(process.pid()));
        List<Long> pids = new ArrayList<>(List.of(process.pid()));
        process.descendants().forEach(child -> pids.add(child.pid()));
        Processes.signal("KILL", pids);
        awaitEnd(process);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (pids.stream().anyMatch(Processes::lives)) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("killed processes do not go: " + pids);
            }
            Processes.pause(POLL_MILLIS);
        }
        postmaster = Optional.empty();
    }

    /** Whether the postmaster lives. */
    public synchronized boolean isRunning() {
        return postmaster.map(Process::isAlive).orElse(false);
    }

    /** Stops the server in whatever state it is and removes its folder. */
    @Override
    public synchronized void close() {
        if (!OPEN.remove(this)) {
            return;
        }
        try (Cleanup _ = this::removeLeftovers) {
            stop(StopMode.IMMEDIATE);
        }
    }

    private interface Cleanup extends AutoCloseable {
        @Override
        void close();
    }

    private void removeLeftovers() {
        removeSharedMemory();
        try {
            Directories.remove(base);
        } catch (IOException left) {
            throw new UncheckedIOException("leaving behind " + base, left);
        }
    }

    /** The programs it runs. */
    public PostgresBinaries binaries() {
        return binaries;
    }

    /** The data directory. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** The folder of the unix socket. */
    public Path socketDirectory() {
        return base.resolve("s");
    }

    /** The port, the same on the loopback address and in the socket's name. */
    public synchronized int port() {
        return port;
    }

    /** The postmaster's pid. */
    public synchronized long pid() {
        return postmaster.orElseThrow(() -> new IllegalStateException("not running")).pid();
    }

    /** URL of the database {@code postgres}, the superuser included. */
    public String jdbcUrl() {
        return jdbcUrl("postgres");
    }

    /** URL of one database, the superuser included. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database + "?user=" + SUPERUSER;
    }

    /** A new connection to the database {@code postgres}; the caller closes it. */
    public Connection connection() throws SQLException {
        return DriverManager.getConnection(jdbcUrl());
    }

    /** A new connection to one database; the caller closes it. */
    public Connection connection(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database));
    }

    /** Runs statements in the database {@code postgres}, each in a transaction of its own. */
    public void execute(String... statements) {
        try (Connection connection = connection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(String.join("; ", statements), failed);
        }
    }

    /** The rows of a query in the database {@code postgres}, as text; a null is {@code ""}. */
    public List<List<String>> query(String sql) {
        try (Connection connection = connection();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int column = 1; column <= columns; column++) {
                    row.add(Optional.ofNullable(result.getString(column)).orElse(""));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException failed) {
            throw new IllegalStateException(sql, failed);
        }
    }

    /** The only value of a query that has one, as text. */
    public String value(String sql) {
        return query(sql).getFirst().getFirst();
    }

    /**
     * Runs a program of this installation as the server's user and returns what it printed; {@code
     * PGHOST}, {@code PGPORT} and {@code PGUSER} lead to this server.
     *
     * @throws PostgresNotFound when this installation lacks the program
     * @throws IllegalStateException when it fails
     */
    public String run(String program, String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "env",
                                "PGHOST=" + socketDirectory(),
                                "PGPORT=" + port(),
                                "PGUSER=" + SUPERUSER,
                                binaries.program(program).toString()));
        command.addAll(List.of(arguments));
        return Processes.run(user.command(command));
    }

    /**
     * A new empty folder beside the data directory that the server may write to, as for a
     * tablespace; removed by {@link #close}.
     */
    public Path newDirectory(String name) {
        try {
            Path folder = Files.createDirectory(base.resolve(name));
            user.own(folder);
            return folder;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** All that the server has printed since it was made. */
    public String log() {
        try {
            return Files.readString(log, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException notYet) {
            return "";
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Version and port, for the names of tests. */
    @Override
    public String toString() {
        return binaries + " on port " + port();
    }

    private interface Step {
        void run() throws IOException;
    }

    private TestServer orRemoved(Step start) {
        OPEN.add(this);
        boolean started = false;
        try {
            user.own(base);
            newDirectory("s");
            start.run();
            started = true;
            return this;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private static Path newBase() {
        try {
            Path base = Files.createTempDirectory("pgkeep-ts-");
            int longest = base.resolve("s").resolve(".s.PGSQL.65535.lock").toString().length();
            if (longest > SOCKET_PATH_BYTES_MAX) {
                Files.delete(base);
                base = Files.createTempDirectory(Path.of("/tmp"), "pgkeep-ts-");
            }
            return base;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void configure(String lines) throws IOException {
        Files.writeString(
                dataDirectory.resolve("postgresql.conf"), lines, StandardOpenOption.APPEND);
    }

    private synchronized void startOnFreePort() throws IOException {
        configure(
                "listen_addresses = '127.0.0.1'\nunix_socket_directories = '"
                        + socketDirectory()
                        + "'\n");
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            port = freePort();
            configure("port = " + port + "\n");
            if (launch()) {
                return;
            }
        }
        throw new IllegalStateException("no free port found:\n" + logTail());
    }

    private static int freePort() throws IOException {
        while (true) {
            int candidate = ThreadLocalRandom.current().nextInt(PORT_FROM, PORT_TO);
            if (isFree(candidate)) {
                return candidate;
            }
        }
    }

    private static boolean isFree(int candidate) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), candidate));
            return true;
        } catch (BindException taken) {
            return false;
        }
    }

    /** Starts the postmaster; false when its port was taken, which only its log tells. */
    private boolean launch() {
        int logBefore = log().length();
        try {
            postmaster =
                    Optional.of(
                            Processes.builder(
                                            user.command(
                                                    List.of(
                                                            binaries.program("postgres").toString(),
                                                            "-D",
                                                            dataDirectory.toString())))
                                    .directory(new File("/"))
                                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                                    .start());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Process process = postmaster.orElseThrow();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isReady(process.pid())) {
            if (!process.isAlive()) {
                postmaster = Optional.empty();
                if (log().substring(logBefore).contains("Address already in use")) {
                    return false;
                }
                throw new IllegalStateException("the server does not start:\n" + logTail());
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("the server is not ready:\n" + logTail());
            }
            Processes.pause(POLL_MILLIS);
        }
        return true;
    }

    /** Reads what pg_ctl reads: the pid in line 1 and the state in line 8 of postmaster.pid. */
    private boolean isReady(long pid) {
        List<String> lines = pidFile();
        return lines.size() >= 8
                && lines.get(0).strip().equals(Long.toString(pid))
                && Set.of("ready", "standby").contains(lines.get(7).strip());
    }

    private List<String> pidFile() {
        try {
            return Files.readAllLines(dataDirectory.resolve("postmaster.pid"));
        } catch (NoSuchFileException absent) {
            return List.of();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** A killed postmaster leaves its System V segment; line 7 of postmaster.pid names it. */
    private void removeSharedMemory() {
        List<String> lines = pidFile();
        if (lines.size() < 7) {
            return;
        }
        String[] keyAndId = lines.get(6).strip().split(" +", -1);
        if (keyAndId.length == 2) {
            Processes.run(List.of("sh", "-c", "ipcrm -m " + keyAndId[1] + " 2>/dev/null; true"));
        }
    }

    private void awaitEnd(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the server does not stop:\n" + logTail());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a server stopped", interrupted);
        }
    }

    private String logTail() {
        String all = log();
        return all.substring(Math.max(0, all.length() - 4000));
    }
}
