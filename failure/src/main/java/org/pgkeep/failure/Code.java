package org.pgkeep.failure;

import static org.pgkeep.failure.Code.Kind.DAMAGED;
import static org.pgkeep.failure.Code.Kind.REFUSED;
import static org.pgkeep.failure.Code.Kind.UNAVAILABLE;

import java.util.Locale;

/** Every expected failure. The names are stable: scripts read them from {@code -o json}. */
public enum Code {
    /** A word, number or moment in the request can't be understood. */
    BAD_ARGUMENT(REFUSED),
    /** No server of that name or id. */
    UNKNOWN_SERVER(REFUSED),
    /** No backup of that name or id. */
    UNKNOWN_BACKUP(REFUSED),
    /** No job of that id. */
    UNKNOWN_JOB(REFUSED),
    /** The name belongs to something that exists already. */
    NAME_TAKEN(REFUSED),
    /** The port is in use on this machine. */
    PORT_TAKEN(REFUSED),
    /** The state of the thing does not allow what was asked. */
    WRONG_STATE(REFUSED),
    /** The moment lies in the future. */
    MOMENT_IN_FUTURE(REFUSED),
    /** The moment lies before the first restorable one. */
    MOMENT_TOO_EARLY(REFUSED),
    /** No unbroken stretch of WAL leads to the moment. */
    MOMENT_NOT_HELD(REFUSED),
    /** The vault does not hold that WAL file, or not yet. */
    WAL_NOT_HELD(REFUSED),
    /** The vault holds other bytes under the name of that WAL file. */
    WAL_DIFFERS(REFUSED),
    /** No PostgreSQL executables of the wanted version on this machine. */
    NO_BINARIES(REFUSED),
    /** The directory holds something that is not pgkeep's, or not of this server. */
    FOREIGN_DIRECTORY(REFUSED),
    /** The directory can't be written by the user who runs pgkeep. */
    NOT_WRITABLE(REFUSED),
    /** There is not enough room for what was asked. */
    NO_SPACE(REFUSED),
    /** The passphrase or key file does not open this vault. */
    WRONG_KEY(REFUSED),
    /** No key was given, and the vault needs one. */
    NO_KEY(REFUSED),
    /** There is no vault at that place, or one stands there already. */
    WRONG_PLACE(REFUSED),
    /** The vault, or an object in it, was written by a newer pgkeep. */
    NEWER_FORMAT(REFUSED),
    /** Another pgkeep works on the same thing. */
    IN_USE(REFUSED),
    /** The service is not running, or belongs to another home. */
    NO_SERVICE(REFUSED),
    /** The caller did not show the service's token. */
    NOT_ALLOWED(REFUSED),
    /** The PostgreSQL server does not answer, or went away. */
    SERVER_UNREACHABLE(UNAVAILABLE),
    /** The PostgreSQL server answered with an error. */
    SERVER_ERROR(UNAVAILABLE),
    /** PostgreSQL did not start. */
    SERVER_DID_NOT_START(UNAVAILABLE),
    /** A storage place does not answer, or refuses. */
    STORE_UNAVAILABLE(UNAVAILABLE),
    /** A key service does not answer, or refuses. */
    KEY_SERVICE(UNAVAILABLE),
    /** Reading or writing a local file failed. */
    DISK(UNAVAILABLE),
    /** Files on their way into the vault were removed under pgkeep. */
    SPOOL_LOST(UNAVAILABLE),
    /** As much WAL waits for the vault as may. */
    SPOOL_FULL(UNAVAILABLE),
    /** Another server answers where the one that is protected should. */
    FOREIGN_SERVER(UNAVAILABLE),
    /** The service stopped, or the work was cancelled, before it was done. */
    INTERRUPTED(UNAVAILABLE),
    /** Recovery ended elsewhere than promised. */
    WRONG_END(DAMAGED),
    /** A sealed object does not open: its bytes are not those that were written. */
    DAMAGED_OBJECT(DAMAGED),
    /** An object that something refers to is missing. */
    MISSING_OBJECT(DAMAGED),
    /** WAL bytes are not what they should be. */
    DAMAGED_WAL(DAMAGED),
    /** A page or a file of the data directory is not what it should be. */
    DAMAGED_DATA(DAMAGED),
    /** A restored server does not answer a question as its owner says it must. */
    WRONG_ANSWER(DAMAGED),
    /** The WAL needed was not kept by the server before it could be captured. */
    WAL_HOLE(DAMAGED);

    /** The three kinds of failure; what a caller does about one depends on this alone. */
    public enum Kind {
        /** The caller's fault; nothing was changed. */
        REFUSED,
        /** The outside world's fault; worth another try. */
        UNAVAILABLE,
        /** Bytes are not what they should be; never tried again silently. */
        DAMAGED
    }

    private final Kind kind;

    Code(Kind kind) {
        this.kind = kind;
    }

    /** Whose fault it is, and so what to do about it. */
    public Kind kind() {
        return kind;
    }

    /** The name as it stands in JSON, such as {@code unknown-server}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
