package org.pgkeep.postgres.instance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.pgkeep.postgres.LocalSocket;

/** One data directory and its server; the signatures, whose bodies follow. */
@SuppressWarnings({"unused", "UnusedVariable", "DoNotCallSuggester"})
public final class Instance {
    private final Installation installation;
    private final Path dataDirectory;
    private final LocalSocket socket;
    private final OperatingSystemUser user;
    private final Path logFile;

    /** Logs beside the data directory: {@code DIRECTORY.log}. */
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

    /** Logs to the given file. */
    public Instance(
            Installation installation,
            Path dataDirectory,
            LocalSocket socket,
            OperatingSystemUser user,
            Path logFile) {
        this.installation = installation;
        this.dataDirectory = dataDirectory;
        this.socket = socket;
        this.user = user;
        this.logFile = logFile;
    }

    /** Makes a new cluster. */
    public void initdb(List<String> options) {
        throw new UnsupportedOperationException();
    }

    /** Starts and waits until it is READY or STANDBY. */
    public void start(Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Starts and returns at once; settings go on the command line ({@code -c name=value}). */
    public void startAndReturn(Map<String, String> settings) {
        throw new UnsupportedOperationException();
    }

    /** What it does now. */
    public ServerState state() {
        throw new UnsupportedOperationException();
    }

    /** Waits for READY or STANDBY. */
    public ServerState awaitReady(Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Waits for one of the states; SERVER_DID_NOT_START with the last log lines. */
    public ServerState await(Set<ServerState> wanted, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Stops and waits until it is gone; no complaint if it was not running. */
    public void stop(StopMode mode, Duration timeout) {
        throw new UnsupportedOperationException();
    }

    /** Whether a postmaster runs on this data directory. */
    public boolean isRunning() {
        throw new UnsupportedOperationException();
    }

    /** The postmaster's process id, if it runs. */
    public OptionalLong pid() {
        throw new UnsupportedOperationException();
    }

    /** The last lines of the log since the last start. */
    public List<String> logTail() {
        throw new UnsupportedOperationException();
    }

    /** Where the log goes. */
    public Path logFile() {
        return logFile;
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
}
