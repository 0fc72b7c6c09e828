package org.pgkeep.postgres.instance;

/** How a server is stopped (server-shutdown.html). */
public enum StopMode {
    /** Sessions are ended, a shutdown checkpoint is written, streamed WAL is waited for. */
    FAST("INT"),
    /** At once, as if the power had gone: the next start recovers from WAL. */
    IMMEDIATE("QUIT");

    private final String signal;

    StopMode(String signal) {
        this.signal = signal;
    }

    /** The signal's name, as {@code kill} takes it. */
    String signal() {
        return signal;
    }
}
