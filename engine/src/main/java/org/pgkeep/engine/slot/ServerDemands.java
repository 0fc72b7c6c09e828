package org.pgkeep.engine.slot;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.wire.WireConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings those settings of a server in line that decide who waits for whom: {@code
 * synchronous_standby_names} and {@code max_slot_wal_keep_size}. Both take effect at a reload. One
 * thread owns it.
 */
public final class ServerDemands {
    /** What the capture's connection calls itself; the standby's name for the server. */
    public static final String APPLICATION = "pgkeep";

    private static final Logger LOG = LoggerFactory.getLogger(ServerDemands.class);

    private final boolean synchronous;
    private final WalLimit limit;
    private final boolean mayConfigure;
    private volatile String foreignNames = "";

    /**
     * Demands on one server.
     *
     * @param synchronous whether commits are to wait for the capture
     * @param limit what the server is to keep
     * @param mayConfigure whether pgkeep sets it, or only looks
     */
    public ServerDemands(boolean synchronous, WalLimit limit, boolean mayConfigure) {
        this.synchronous = synchronous;
        this.limit = limit;
        this.mayConfigure = mayConfigure;
    }

    /** Somebody else's {@code synchronous_standby_names}, which pgkeep does not touch. */
    public String foreignNames() {
        return foreignNames;
    }

    /**
     * Looks, and sets what is not as it should be.
     *
     * @param streaming whether the capture keeps up: a server is made to wait only for one that
     *     does
     * @return whether commits wait for the capture
     */
    public boolean enforce(WireConnection sql, boolean streaming) {
        List<@Nullable String> row =
                sql.query(
                                "SELECT current_setting('synchronous_standby_names'),"
                                        + " current_setting('max_slot_wal_keep_size')")
                        .getFirst();
        String names = String.valueOf(row.get(0)).strip();
        boolean ours = names.equals(APPLICATION);
        boolean among = names.contains(APPLICATION);
        foreignNames = among ? "" : names;
        if (!mayConfigure) {
            return among;
        }
        boolean changed = false;
        if (synchronous && names.isEmpty() && streaming) {
            sql.query("ALTER SYSTEM SET synchronous_standby_names = '" + APPLICATION + "'");
            LOG.info("commits wait for pgkeep from now on: synchronous_standby_names is set");
            ours = true;
            changed = true;
        } else if (!synchronous && ours) {
            sql.query("ALTER SYSTEM SET synchronous_standby_names = ''");
            LOG.info("commits wait for pgkeep no more: synchronous_standby_names is empty");
            ours = false;
            changed = true;
        }
        // without a wish what stands in the server's configuration counts
        String keep = limit.slotWalKeepSize();
        if (limit.told() && !isSameSize(String.valueOf(row.get(1)), keep)) {
            sql.query("ALTER SYSTEM SET max_slot_wal_keep_size = '" + keep + "'");
            LOG.info("max_slot_wal_keep_size is set from {} to {}", row.get(1), keep);
            changed = true;
        }
        if (changed) {
            sql.query("SELECT pg_reload_conf()");
        }
        return changed ? ours : among;
    }

    static boolean isSameSize(String one, String other) {
        return megabytes(one) == megabytes(other);
    }

    /** PostgreSQL shows the largest unit that fits without a rest. */
    private static long megabytes(String size) {
        if (size.endsWith("TB")) {
            return Long.parseLong(size.substring(0, size.length() - 2)) << 20;
        }
        if (size.endsWith("GB")) {
            return Long.parseLong(size.substring(0, size.length() - 2)) << 10;
        }
        return Long.parseLong(size.endsWith("MB") ? size.substring(0, size.length() - 2) : size);
    }
}
