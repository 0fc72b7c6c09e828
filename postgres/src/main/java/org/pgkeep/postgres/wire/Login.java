package org.pgkeep.postgres.wire;

/**
 * As whom, and for what, a connection is opened. There is no password: over the Unix socket a
 * server lets pgkeep in by {@code peer} or {@code trust}.
 *
 * @param user the role
 * @param database the database; not used by a replication connection
 * @param applicationName what {@code pg_stat_activity} shows, and what {@code
 *     synchronous_standby_names} matches
 * @param replication whether it speaks physical replication's commands instead of SQL
 */
public record Login(String user, String database, String applicationName, boolean replication) {
    public Login {
        if (user.isEmpty() || (database + user + applicationName).indexOf('\0') >= 0) {
            throw new IllegalArgumentException("not a login: " + user + "@" + database);
        }
    }

    /** A login for ordinary SQL. */
    public static Login forQueries(String user, String database, String applicationName) {
        return new Login(user, database, applicationName, false);
    }

    /** A login for physical replication, which belongs to no database. */
    public static Login forReplication(String user, String applicationName) {
        return new Login(user, "", applicationName, true);
    }
}
