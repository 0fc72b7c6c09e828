package org.pgkeep.service.catalog;

import java.util.Locale;

/** What a job does. */
public enum JobKind {
    /** Makes a server and takes its first backup. */
    CREATE,
    /** Takes a full backup. */
    BACKUP,
    /** Makes a server from an archive. */
    RESTORE,
    /** Puts a restored server in the place of one that is there. */
    OVERWRITE,
    /** Takes a server away; its archive stays. */
    DELETE,
    /** Seals with the vault's newest master key what an older one has sealed. */
    RESEAL,
    /** Reads every copy of everything in the vault again. */
    SCRUB,
    /** Expires and sweeps. */
    SWEEP,
    /** Removes everything of a deleted server. */
    PURGE,
    /** Reads a backup back. */
    VERIFY,
    /** Restores for the proof alone, and throws it away. */
    DRILL;

    /** The word in documents. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
