package org.pgkeep.engine.restore;

import java.util.LinkedHashMap;
import java.util.Map;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.engine.server.ServerConfiguration;

/** What a restored copy is told: what recovery needs, where it ends, and that it is fenced. */
final class RecoverySettings {
    private RecoverySettings() {}

    /** What recovery needs at least, and what stays when it has ended. */
    static Map<String, String> staying(RestorePlan plan) {
        RecoveryNeeds needs = plan.needs();
        Map<String, String> settings = new LinkedHashMap<>();
        // both have to hold two segments, and their defaults are made for small ones
        long segmentMegabytes = plan.snapshot().walSegmentBytes() >> 20;
        settings.put("min_wal_size", Math.max(80, 2 * segmentMegabytes) + "MB");
        settings.put("max_wal_size", Math.max(1024, 4 * segmentMegabytes) + "MB");
        settings.put("max_connections", Integer.toString(Math.max(100, needs.maxConnections())));
        settings.put(
                "max_worker_processes", Integer.toString(Math.max(8, needs.maxWorkerProcesses())));
        settings.put("max_wal_senders", Integer.toString(Math.max(10, needs.maxWalSenders())));
        settings.put(
                "max_prepared_transactions", Integer.toString(needs.maxPreparedTransactions()));
        settings.put(
                "max_locks_per_transaction",
                Integer.toString(Math.max(64, needs.maxLocksPerTransaction())));
        settings.put("max_logical_replication_workers", "0");
        return settings;
    }

    /**
     * What holds while it recovers: it writes into nobody's archive, follows nobody, waits for no
     * standby and preloads nothing.
     *
     * @param restoreCommand gives it its WAL; {@code false} where all of it is in {@code pg_wal}
     */
    static Map<String, String> recovery(RestorePlan plan, String restoreCommand) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("restore_command", restoreCommand);
        settings.put("recovery_target_timeline", plan.history().timeline().toString());
        settings.put("recovery_target_action", "promote");
        settings.put("hot_standby", "on");
        settings.put("archive_mode", "off");
        settings.put("primary_conninfo", "");
        settings.put("synchronous_standby_names", "");
        settings.put("shared_preload_libraries", "");
        if (plan.snapshot().version().major() >= 15) {
            settings.put("recovery_prefetch", "off");
        }
        plan.stopBefore()
                .ifPresent(lsn -> {
                    settings.put("recovery_target_lsn", lsn.toString());
                    settings.put("recovery_target_inclusive", "off");
                });
        return settings;
    }

    /** Settings as lines of a configuration file. */
    static String lines(Map<String, String> settings) {
        StringBuilder text = new StringBuilder();
        settings.forEach((name, value) -> text.append(ServerConfiguration.setting(name, value)));
        return text.toString();
    }
}
