package org.pgkeep.vault.sweep;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.vault.ObjectName;

/**
 * An object that nothing needs any more.
 *
 * @param name its name
 * @param bytes its stored length
 * @param kind what it is
 * @param why nothing needs it
 * @param waits why it does not go yet; empty when it goes
 * @param until when it may go, as far as that is known
 */
public record SweepItem(
        ObjectName name,
        long bytes,
        Kind kind,
        Why why,
        Optional<String> waits,
        Optional<Instant> until) {
    /** What an object is; also the order in which objects go. */
    public enum Kind {
        /** Data and maps of snapshots. */
        PACK,
        /** A piece of WAL. */
        LOG,
        /** What was found out about a piece of WAL. */
        INDEX,
        /** A snapshot's document. */
        SNAPSHOT,
        /** Another document of an archive. */
        DOCUMENT,
        /** The word that something is deleted, when nothing of it is left. */
        TOMBSTONE
    }

    /** Why nothing needs an object. */
    public enum Why {
        /** No snapshot refers to it: a backup was killed, or failed. */
        UNREFERENCED(1, "no backup refers to it: left by a backup that was cut short"),
        /** Only deleted snapshots refer to it, or it is one. */
        DELETED(2, "of deleted or expired backups"),
        /** The WAL leads to no restore point that is kept. */
        OUT_OF_WINDOW(3, "WAL that no kept restore point needs"),
        /** The server was purged. */
        PURGED(4, "of a purged server"),
        /** What it was about is gone. */
        DONE(5, "what it was about is gone");

        private final int code;
        private final String text;

        Why(int code, String text) {
            this.code = code;
            this.text = text;
        }

        int code() {
            return code;
        }

        /** For people. */
        public String text() {
            return text;
        }

        static Optional<Why> of(int code) {
            for (Why why : values()) {
                if (why.code == code) {
                    return Optional.of(why);
                }
            }
            return Optional.empty();
        }
    }

    /** Whether it goes, or went, in this sweep. */
    public boolean goes() {
        return waits.isEmpty();
    }
}
