package org.pgkeep.engine;

import java.time.Duration;
import java.util.List;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.wire.Login;
import org.pgkeep.postgres.wire.ServerReport;
import org.pgkeep.postgres.wire.WireConnection;

/** Opens sessions for pgkeep's own questions, which no database in particular has to answer. */
public final class Sessions {
    /** The database that is there for it; people may have dropped it, or closed it. */
    public static final String USUAL_DATABASE = "postgres";

    /** The other one every cluster begins with. Who stays in it keeps others from copying it. */
    private static final String OTHER_DATABASE = "template1";

    private static final Duration CONNECT_AT_MOST = Duration.ofSeconds(10);

    /** Limits people set for their applications: a backup is silent for long, and right so. */
    private static final String NO_LIMITS =
            "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN"
                    + " ('statement_timeout', 'lock_timeout', 'idle_session_timeout',"
                    + " 'transaction_timeout')";

    private Sessions() {}

    /**
     * Opens a session in which no statement and no silence is cut off by the server.
     *
     * @param user a superuser
     * @param application what the session calls itself
     * @throws Failure as {@link WireConnection#open(LocalSocket, Login)}
     */
    public static WireConnection open(LocalSocket at, String user, String application) {
        WireConnection connection = openLimited(at, user, application);
        try {
            connection.query(NO_LIMITS);
            return connection;
        } catch (RuntimeException failed) {
            connection.close();
            throw failed;
        }
    }

    /** The same, with whatever limits the server has for its sessions. */
    public static WireConnection openLimited(LocalSocket at, String user, String application) {
        try {
            return login(at, user, USUAL_DATABASE, application);
        } catch (Failure failure) {
            if (!isClosed(failure)) {
                throw failure;
            }
            return login(at, user, OTHER_DATABASE, application);
        }
    }

    private static WireConnection login(
            LocalSocket at, String user, String database, String application) {
        return WireConnection.open(
                at, new Login(user, database, application, false), CONNECT_AT_MOST);
    }

    /** Whether there is no such database, or none that takes connections. */
    private static boolean isClosed(Failure failure) {
        String state = ServerReport.of(failure).map(ServerReport::sqlState).orElse("");
        return List.of("3D000", "55000").contains(state);
    }
}
