package org.pgkeep.postgres.instance;

/** What a server is doing, as its postmaster wrote it into {@code postmaster.pid}. */
public enum ServerState {
    /** No postmaster runs on the data directory. */
    GONE,
    /** It starts, or recovers without taking connections yet. */
    STARTING,
    /**
     * It recovers, and takes read-only connections if {@code hot_standby} is on. A server that is
     * promoted or reaches its recovery target goes on to {@link #READY}.
     */
    STANDBY,
    /** It takes connections that may write. */
    READY,
    /** It is about to end. */
    STOPPING
}
