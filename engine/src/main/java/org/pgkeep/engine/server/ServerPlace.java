package org.pgkeep.engine.server;

import java.nio.file.Path;
import org.pgkeep.engine.ProtectedServer;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.Instance;
import org.pgkeep.postgres.instance.OperatingSystemUser;

/**
 * Where a managed server lives, and as whom it runs.
 *
 * @param id whose place it is
 * @param root a folder of its own: the data directory {@code data}, the log {@code server.log}, the
 *     tablespaces {@code tablespaces/OID}
 * @param socket where it listens
 * @param installation the executables it runs with
 * @param runAs the operating-system user it runs as
 * @param owner the operating-system user who runs pgkeep, and is let in over the socket
 */
public record ServerPlace(
        ServerId id,
        Path root,
        LocalSocket socket,
        Installation installation,
        OperatingSystemUser runAs,
        String owner) {
    /** The superuser every managed server has. */
    public static final String SUPERUSER = "postgres";

    /** The setting that tells how a server's WAL comes: {@code stream} or {@code archive}. */
    public static final String WAL_SETTING = "wal";

    /** The data directory. */
    public Path dataDirectory() {
        return root.resolve("data");
    }

    /** The server's log. */
    public Path logFile() {
        return root.resolve("server.log");
    }

    /** Where the files of a tablespace go. */
    public Path tablespace(String oid) {
        return root.resolve("tablespaces").resolve(oid);
    }

    /** How the engine reaches the server when it runs. */
    public ProtectedServer server() {
        return new ProtectedServer(id, dataDirectory(), socket, SUPERUSER);
    }

    /** The server's processes. */
    public Instance instance() {
        return new Instance(installation, dataDirectory(), socket, runAs, logFile());
    }
}
