package org.pgkeep.engine.capture;

/**
 * What will cost recoverability, or the server, if nobody looks after it.
 *
 * @param kind what it is about
 * @param sentence for people
 */
public record CaptureWarning(Kind kind, String sentence) {
    /** What a warning is about. */
    public enum Kind {
        /** The server is not reached, or is not the one it should be. */
        NOT_CAPTURED,
        /** The vault takes nothing. */
        VAULT_AWAY,
        /** The spool nears its bound. */
        SPOOL_NEARLY_FULL,
        /** The spool is at its bound. */
        SPOOL_FULL,
        /** The server nears the point at which it gives the slot up. */
        SLOT_NEARLY_LOST,
        /** The slot is gone. */
        SLOT_LOST,
        /** The server's own disk fills with WAL that pgkeep has not got. */
        SERVER_DISK_FILLS,
        /** Commits of a synchronous server wait for pgkeep. */
        COMMITS_WAIT,
        /** A server that is to be synchronous is not. */
        NOT_SYNCHRONOUS
    }
}
