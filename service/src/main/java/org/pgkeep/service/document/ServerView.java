package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server.
 *
 * @param id its GUID
 * @param name its name
 * @param namespace the namespace of its name
 * @param state {@code Pending}, {@code Running}, {@code Restoring}, {@code Stopped}, {@code
 *     Failed}; {@code Deleted} for one that is asked for by its id
 * @param reason why it is in that state, or what hampers it; empty when all is well
 * @param version its PostgreSQL
 * @param host where it listens
 * @param port its port
 * @param connectionString what {@code psql} takes as it stands
 * @param dataDirectory where its data is
 * @param mustRestart whether settings wait for a restart
 * @param retention how far back one can go, such as {@code 7d}
 * @param redundancy in how many places its backups are
 * @param tiers the storage tiers that hold its backups
 * @param earliestRestorePoint the first moment that can be restored
 * @param latestRestorePoint the last one
 * @param walAtRiskSeconds the time whose changes would be lost with this machine's disk
 * @param walAtRiskBytes the WAL that would be lost with this machine's disk
 * @param ranges the unbroken stretches in between
 * @param holes the WAL that was lost, and never found again
 * @param capture how the capture of its WAL is; empty while it is not captured
 * @param createdAt when it came under care
 * @param deletedAt when it was deleted
 * @param settings what it was made with
 */
public record ServerView(
        String id,
        String name,
        String namespace,
        String state,
        String reason,
        String version,
        String host,
        int port,
        String connectionString,
        String dataDirectory,
        boolean mustRestart,
        String retention,
        String redundancy,
        List<Integer> tiers,
        Optional<Instant> earliestRestorePoint,
        Optional<Instant> latestRestorePoint,
        Optional<Double> walAtRiskSeconds,
        Optional<Long> walAtRiskBytes,
        List<RangeView> ranges,
        List<HoleView> holes,
        Optional<CaptureView> capture,
        Instant createdAt,
        Optional<Instant> deletedAt,
        Map<String, String> settings) {}
