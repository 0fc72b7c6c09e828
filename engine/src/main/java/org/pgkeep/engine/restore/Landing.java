package org.pgkeep.engine.restore;

import java.nio.file.Path;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.postgres.instance.OperatingSystemUser;

/**
 * Where the files of a snapshot go, and whose they become.
 *
 * @param data the data directory
 * @param owner the operating-system user PostgreSQL is going to run as
 * @param tablespaces where the files of tablespaces go
 */
record Landing(Path data, OperatingSystemUser owner, Tablespaces tablespaces) {
    /** Says where the files of a tablespace go. */
    @FunctionalInterface
    interface Tablespaces {
        /**
         * The folder.
         *
         * @param oid the tablespace's object id
         * @param origin where it was on the origin
         */
        Path of(String oid, String origin);
    }

    /** A managed server's: tablespaces go into its own place, wherever they were. */
    static Landing of(ServerPlace place) {
        return new Landing(
                place.dataDirectory(), place.runAs(), (oid, origin) -> place.tablespace(oid));
    }
}
