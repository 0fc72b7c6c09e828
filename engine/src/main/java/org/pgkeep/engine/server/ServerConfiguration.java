package org.pgkeep.engine.server;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pgkeep.postgres.LocalSocket;

/**
 * The text of a managed server's configuration files.
 *
 * <p>What people change with {@code ALTER SYSTEM} stands in {@code postgresql.auto.conf} and wins;
 * these files are pgkeep's own.
 */
public final class ServerConfiguration {
    /**
     * More WAL than this is not held back for a capture that stays away: the disk goes first. 16
     * GiB are about a quarter of an hour of a very busy server, and weeks of a quiet one.
     */
    private static final String SLOT_WAL_MAX = "16GB";

    private static final String PEER_MAP = "pgkeep";

    private ServerConfiguration() {}

    /** Who is let in over TCP. */
    public enum Firewall {
        /** Nobody: a restored server, until it is opened. */
        CLOSED,
        /** This machine, with a password. */
        LOOPBACK
    }

    /**
     * {@code postgresql.conf}.
     *
     * @param more settings that come on top, or instead
     */
    public static String postgresqlConf(LocalSocket socket, int major, Map<String, String> more) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("listen_addresses", "127.0.0.1");
        settings.put("port", Integer.toString(socket.port()));
        settings.put("unix_socket_directories", socket.directory().toString());
        settings.put("password_encryption", "scram-sha-256");
        // what capture and backup rest on
        settings.put("wal_level", "replica");
        settings.put("full_page_writes", "on");
        settings.put("max_wal_senders", "10");
        settings.put("max_replication_slots", "10");
        settings.put("max_slot_wal_keep_size", SLOT_WAL_MAX);
        settings.put("archive_mode", "off");
        settings.put("log_line_prefix", "%m [%p] ");
        settings.put("logging_collector", "off");
        if (major >= 14) {
            settings.put("recovery_init_sync_method", "syncfs");
        }
        settings.putAll(more);
        StringBuilder text =
                new StringBuilder(
                        "# Written by pgkeep. Change settings with ALTER SYSTEM: those win over"
                                + " these.\n");
        settings.forEach((name, value) -> text.append(setting(name, value)));
        return text.toString();
    }

    /** A line of a configuration file. */
    public static String setting(String name, String value) {
        return name + " = '" + value.replace("'", "''") + "'\n";
    }

    /** {@code pg_hba.conf}. */
    public static String hbaConf(Firewall firewall) {
        StringJoiner text = new StringJoiner("\n", "", "\n");
        text.add("# Written by pgkeep.");
        text.add("# The user who runs pgkeep is let in as postgres over the local socket.");
        text.add("local  all          " + ServerPlace.SUPERUSER + "  peer  map=" + PEER_MAP);
        text.add("local  replication  " + ServerPlace.SUPERUSER + "  peer  map=" + PEER_MAP);
        switch (firewall) {
            case CLOSED -> {
                text.add("# The firewall is closed: nobody gets in over TCP.");
                text.add("host   all          all  all  reject");
            }
            case LOOPBACK -> {
                text.add("local  all          all  scram-sha-256");
                text.add("host   all          all  127.0.0.1/32  scram-sha-256");
                text.add("host   all          all  ::1/128       scram-sha-256");
            }
        }
        return text.toString();
    }

    /** {@code pg_ident.conf}: which users of this machine are the superuser. */
    public static String identConf(ServerPlace place) {
        Set<String> users = new TreeSet<>(List.of(place.owner(), place.runAs().name()));
        StringBuilder text = new StringBuilder("# Written by pgkeep.\n");
        for (String user : users) {
            text.append(PEER_MAP)
                    .append("  \"")
                    .append(user)
                    .append("\"  ")
                    .append(ServerPlace.SUPERUSER)
                    .append('\n');
        }
        return text.toString();
    }
}
