package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;

/**
 * One data directory and the server that runs on it.
 *
 * <p>A server started here lives in a session of its own: it survives the end of the process that
 * started it, however that comes. An instance built later on the same directory finds it again.
 *
 * <p>Making, starting and stopping are for one thread at a time; {@link #state}, {@link
 * #isRunning}, {@link #pid} and {@link #logTail} may be called from any.
 */
public final class Instance {
    /** initdb takes one second, on a busy machine with a slow disk one minute. */
    private static final Duration INITDB_TIMEOUT = Duration.ofMinutes(5);

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(20);

    /** How often a state is looked up that somebody waits for; costs two small reads. */
    private static final long POLL_MILLIS = 20;

    /** From the command line, so that neither configuration nor ALTER SYSTEM can hide the log. */
    private static final Map<String, String> LOG_SETTINGS =
            Map.of("logging_collector", "off", "log_destination", "stderr");

    private final Installation installation;
    private final Path dataDirectory;
    private final LocalSocket socket;
    private final OperatingSystemUser user;
    private final ServerLog log;
    private final ProcessTable processes = ProcessTable.OF_THIS_MACHINE;

    /** The server, if it was started through this object. */
    private volatile @Nullable Process child;

    /** What postmaster.pid said before we started a server: not a word about that one. */
    private volatile String staleFile = "";

    /** Logs to a file beside the data directory: {@code DIRECTORY.log}. */
    public Instance(
            Installation installation,
            Path dataDirectory,
            LocalSocket socket,
            OperatingSystemUser user) {
        this(
                installation,
                dataDirectory,
                socket,
                user,
                dataDirectory.resolveSibling(dataDirectory.getFileName() + ".log"));
    }

    /**
     * An instance; nothing is read or written yet.
     *
     * @param dataDirectory an absolute path; the user must be able to reach it (all directories
     *     above it can be entered)
     * @param socket where it listens; the directory is made, for its user alone, if it is missing
     * @param logFile where what the server says is appended
     */
    public Instance(
            Installation installation,
            Path dataDirectory,
            LocalSocket socket,
            OperatingSystemUser user,
            Path logFile) {
        if (!dataDirectory.isAbsolute() || !logFile.isAbsolute()) {
            throw new IllegalArgumentException("not absolute: " + dataDirectory + ", " + logFile);
        }
        this.installation = installation;
        this.dataDirectory = dataDirectory;
        this.socket = socket;
        this.user = user;
        this.log = new ServerLog(logFile);
    }

    /**
     * Makes a new cluster: UTF-8, page checksums, locale C.UTF-8 (C where the machine has none).
     * Its {@code pg_hba.conf} trusts every local user: the caller writes its own before the first
     * start. Its superuser is called as the operating system's user, unless {@code -U} says else.
     *
     * @param options more options of initdb, behind ours, so that they win
     * @throws Failure FOREIGN_DIRECTORY if the data directory is there and not empty, NOT_WRITABLE
     *     if it can't be made, SERVER_ERROR with what initdb said if it failed
     */
    public void initdb(List<String> options) {
        makeDirectory(dataDirectory);
        requireEmpty();
        user.own(dataDirectory);
        ShortCommand.Result result = runInitdb("C.UTF-8", options);
        if (result.exitCode() != 0 && result.output().contains("locale")) {
            result = runInitdb("C", options);
        }
        if (result.exitCode() != 0) {
            throw new Failure(
                    Code.SERVER_ERROR,
                    "initdb could not make a cluster in "
                            + dataDirectory
                            + ":\n"
                            + result.output().strip(),
                    "do what its last lines ask for; "
                            + user
                            + " must be able to enter all directories above it");
        }
    }

    /**
     * Starts the server and waits until it is up ({@link #awaitReady}).
     *
     * @throws Failure as {@link #startAndReturn} and {@link #awaitReady}
     */
    public void start(Duration timeout) {
        startAndReturn(Map.of());
        awaitReady(timeout);
    }

    /**
     * Starts the server and returns at once; {@link #state} and {@link #await} tell how it goes.
     *
     * <p>A {@code postmaster.pid} that a crash left behind is taken away if its process id belongs
     * to something else now and no process of the old server lives: PostgreSQL itself would take
     * the newcomer for the old server and refuse. In all other cases PostgreSQL decides.
     *
     * @param settings server settings that win over its configuration files ({@code -c name=value})
     * @throws Failure WRONG_STATE if it runs already, NOT_WRITABLE if its log or socket directory
     *     can't be made, SERVER_DID_NOT_START if the program can't be run
     */
    public void startAndReturn(Map<String, String> settings) {
        if (state() != ServerState.GONE) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "a server runs on " + dataDirectory + " already",
                    "stop it first");
        }
        if (socket.file().toString().length() > 107) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "the socket's path is too long for a Unix socket: " + socket.file(),
                    "choose a shorter directory: 107 bytes is the limit");
        }
        setStaleFileAside();
        if (!Files.isDirectory(socket.directory())) {
            makeDirectory(socket.directory());
            user.own(socket.directory());
        }
        log.markStart();
        ProcessBuilder builder =
                new ProcessBuilder(startCommand(settings))
                        .directory(Path.of("/").toFile())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()));
        ShortCommand.cleanEnvironment(builder.environment());
        user.describe(builder.environment());
        try {
            child = builder.start();
        } catch (IOException e) {
            throw new Failure(
                    Code.SERVER_DID_NOT_START,
                    "could not run " + installation.program("postgres") + ": " + e.getMessage(),
                    "look whether PostgreSQL " + installation.version() + " is still installed",
                    e);
        }
    }

    /** What the server does now. */
    public ServerState state() {
        Optional<PostmasterFile> running = runningFile();
        if (running.isPresent()) {
            return running.get().state();
        }
        Process started = child;
        return started != null && started.isAlive() ? ServerState.STARTING : ServerState.GONE;
    }

    /**
     * Waits until the server takes connections ({@link ServerState#READY}), perhaps only for
     * reading, or recovers without taking any because {@code hot_standby} is off ({@link
     * ServerState#STANDBY}).
     *
     * @throws Failure see {@link #await}
     */
    public ServerState awaitReady(Duration timeout) {
        return await(EnumSet.of(ServerState.READY, ServerState.STANDBY), timeout);
    }

    /**
     * Waits until the server is in one of the states, such as {@link ServerState#GONE} for one that
     * shuts itself down at its recovery target.
     *
     * @return the state it is in
     * @throws Failure SERVER_DID_NOT_START with the log's last lines if the server is gone, and
     *     that was not waited for, or if the time is up; it is left running then, as it may only be
     *     slow
     */
    public ServerState await(Set<ServerState> wanted, Duration timeout) {
        long begin = System.nanoTime();
        while (true) {
            ServerState now = state();
            if (wanted.contains(now)) {
                return now;
            }
            if (now == ServerState.GONE) {
                throw didNotStart("ended" + exitCode());
            }
            if (System.nanoTime() - begin > timeout.toNanos()) {
                throw didNotStart("is " + now + " after " + timeout.toSeconds() + " s");
            }
            pause();
        }
    }

    /**
     * Stops the server and waits until its postmaster is gone. No complaint if it does not run.
     *
     * @param mode how; a fast stop also waits until every streaming receiver has confirmed all WAL
     * @throws Failure SERVER_ERROR if it may not be stopped by this user, or still runs after the
     *     time
     */
    public void stop(StopMode mode, Duration timeout) {
        OptionalLong target = pid();
        if (target.isEmpty()) {
            return;
        }
        long pid = target.getAsLong();
        ShortCommand.Result sent =
                ShortCommand.run(
                        List.of(
                                "/bin/sh",
                                "-c",
                                "kill -\"$0\" \"$1\"",
                                mode.signal(),
                                Long.toString(pid)),
                        KILL_TIMEOUT);
        if (sent.exitCode() != 0 && lives(pid)) {
            throw new Failure(
                    Code.SERVER_ERROR,
                    "could not signal the server on " + dataDirectory + ": " + sent.output(),
                    "stop it as the user it runs as");
        }
        long begin = System.nanoTime();
        while (lives(pid)) {
            if (System.nanoTime() - begin > timeout.toNanos()) {
                throw new Failure(
                        Code.SERVER_ERROR,
                        "the server on "
                                + dataDirectory
                                + " did not stop within "
                                + timeout.toSeconds()
                                + " s",
                        mode == StopMode.FAST
                                ? "end what it waits for (a receiver of its WAL, an archive"
                                        + " command), or stop it at once with an immediate stop"
                                : "look whether its disk hangs (ps: state D)");
            }
            pause();
        }
    }

    /** Whether a postmaster runs on this data directory, whoever started it. */
    public boolean isRunning() {
        return pid().isPresent();
    }

    /** The postmaster's process id, if one runs on this data directory. */
    public OptionalLong pid() {
        Optional<PostmasterFile> running = runningFile();
        if (running.isPresent()) {
            return OptionalLong.of(running.get().pid());
        }
        Process started = child;
        return started != null && started.isAlive()
                ? OptionalLong.of(started.pid())
                : OptionalLong.empty();
    }

    /** The last lines (at most 20) of what the server said since this object started it. */
    public List<String> logTail() {
        return log.tail();
    }

    /** Where the log goes. */
    public Path logFile() {
        return log.file();
    }

    /** Its data directory. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Where it listens. */
    public LocalSocket socket() {
        return socket;
    }

    /** Its executables. */
    public Installation installation() {
        return installation;
    }

    /** As whom it runs. */
    public OperatingSystemUser user() {
        return user;
    }

    /** postmaster.pid, if the process it names is our postmaster. */
    private Optional<PostmasterFile> runningFile() {
        return PostmasterFile.read(dataDirectory)
                .filter(file -> !file.text().equals(staleFile))
                .filter(file -> processes.isPostmasterOf(file.pid(), dataDirectory));
    }

    private boolean lives(long pid) {
        Process started = child;
        return processes.isPostmasterOf(pid, dataDirectory)
                || (started != null && started.pid() == pid && started.isAlive());
    }

    /** See {@link #startAndReturn}; only called when no postmaster of ours runs. */
    private void setStaleFileAside() {
        Optional<PostmasterFile> left = PostmasterFile.read(dataDirectory);
        staleFile = left.map(PostmasterFile::text).orElse("");
        if (left.isPresent() && !processes.anyWorksIn(dataDirectory)) {
            try {
                Files.deleteIfExists(PostmasterFile.in(dataDirectory));
            } catch (IOException e) {
                return; // PostgreSQL will decide about it
            }
        }
    }

    private List<String> startCommand(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(LOG_SETTINGS);
        all.put(
                "unix_socket_directories",
                '"' + socket.directory().toString().replace("\"", "\"\"") + '"');
        all.putAll(settings);
        List<String> server = new ArrayList<>();
        server.add(installation.program("postgres").toString());
        server.addAll(List.of("-D", dataDirectory.toString()));
        server.addAll(List.of("-p", Integer.toString(socket.port())));
        all.forEach((name, value) -> server.addAll(List.of("-c", name + "=" + value)));
        // A session of its own, so that no terminal's Ctrl-C or hang-up reaches the server. The
        // programs in front replace themselves by the next one: the child is the postmaster.
        List<String> whole = new ArrayList<>();
        whole.add("setsid");
        whole.addAll(user.command(server));
        return whole;
    }

    private ShortCommand.Result runInitdb(String locale, List<String> options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                installation.program("initdb").toString(),
                                "-D",
                                dataDirectory.toString(),
                                "--encoding=UTF8",
                                "--locale=" + locale,
                                "--lc-messages=C",
                                "--data-checksums",
                                "--auth=trust",
                                "--username=" + user.name()));
        command.addAll(options);
        return ShortCommand.run(user.command(command), INITDB_TIMEOUT);
    }

    private static void makeDirectory(Path directory) {
        try {
            Path above = directory.getParent();
            if (above != null) {
                Files.createDirectories(above);
            }
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(
                        directory,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "could not make the directory " + directory + ": " + e.getMessage(),
                    "choose a place where this user may write",
                    e);
        }
    }

    private void requireEmpty() {
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(dataDirectory)) {
            if (inside.iterator().hasNext()) {
                throw new Failure(
                        Code.FOREIGN_DIRECTORY,
                        dataDirectory + " is not empty",
                        "choose a directory that is empty or not there yet");
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "could not look into " + dataDirectory + ": " + e.getMessage(),
                    "choose a place where this user may read and write",
                    e);
        }
    }

    private Failure didNotStart(String what) {
        return new Failure(
                Code.SERVER_DID_NOT_START,
                "PostgreSQL "
                        + installation.version()
                        + " on "
                        + dataDirectory
                        + " "
                        + what
                        + "; its log ends with:\n"
                        + String.join("\n", log.tail()),
                "do what the log's last lines ask for; all of it is in " + log.file());
    }

    private String exitCode() {
        Process started = child;
        return started == null ? "" : " with exit code " + started.exitValue();
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED, "interrupted while waiting for a server", "try again", e);
        }
    }
}
