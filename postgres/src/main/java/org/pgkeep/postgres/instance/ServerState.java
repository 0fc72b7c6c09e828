package org.pgkeep.postgres.instance;

/** What a server is doing, as its postmaster wrote it into {@code postmaster.pid} (pidfile.h). */
public enum ServerState {
    /** No postmaster runs on the data directory. */
    GONE,
    /** It starts, or recovers and takes no connections yet. */
    STARTING,
    /** It recovers, and will take no connections before it is done: {@code hot_standby} is off. */
    STANDBY,
    /**
     * It takes connections. It may be recovering still (hot standby), so that they only read:
     * {@code pg_is_in_recovery()} tells, and the state does not change with a promotion.
     */
    READY,
    /** It is about to end. */
    STOPPING
}
