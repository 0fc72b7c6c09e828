package org.pgkeep.engine;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.postgres.PostgresVersion;

/**
 * What the vault knows of a server: enough to restore it, and to find it again when the catalog is
 * lost.
 *
 * @param id its identity
 * @param namespace the namespace of its name
 * @param name its name
 * @param version the PostgreSQL it runs
 * @param systemIdentifier what {@code initdb} gave its cluster, unsigned decimal
 * @param walSegmentBytes the size of its WAL segments
 * @param createdAt when it came under care
 * @param deletedAt when it was deleted; its archive stays until its retention ends
 * @param settings the service's words about it, such as its retention
 */
public record ServerDocument(
        ServerId id,
        String namespace,
        String name,
        PostgresVersion version,
        String systemIdentifier,
        int walSegmentBytes,
        Instant createdAt,
        Optional<Instant> deletedAt,
        Map<String, String> settings) {
    public ServerDocument {
        settings = java.util.Collections.unmodifiableMap(new TreeMap<>(settings));
    }

    /** The same server, deleted at that time. */
    public ServerDocument deleted(Instant at) {
        return new ServerDocument(
                id,
                namespace,
                name,
                version,
                systemIdentifier,
                walSegmentBytes,
                createdAt,
                Optional.of(at),
                settings);
    }
}
