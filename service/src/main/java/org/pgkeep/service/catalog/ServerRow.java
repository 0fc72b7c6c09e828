package org.pgkeep.service.catalog;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.PostgresVersion;

/**
 * What is wanted of a server.
 *
 * @param id its identity
 * @param namespace the namespace of its name
 * @param name its name, unique in its namespace among those not deleted
 * @param version the PostgreSQL it was made with
 * @param port its port, TCP and Unix socket
 * @param wanted what it is wanted to be
 * @param settings how it is to be kept, see {@code org.pgkeep.service.request.ServerSettings}
 * @param createdAt when it was asked for
 * @param deletedAt when it was deleted
 */
public record ServerRow(
        ServerId id,
        String namespace,
        String name,
        PostgresVersion version,
        int port,
        Wanted wanted,
        Map<String, String> settings,
        Instant createdAt,
        Optional<Instant> deletedAt) {
    public ServerRow {
        settings = java.util.Collections.unmodifiableMap(new TreeMap<>(settings));
    }

    /**
     * What the vault's word about a server says of what is wanted.
     *
     * @param portKey the setting that holds its port
     */
    public static ServerRow of(ServerDocument document, String portKey) {
        Map<String, String> settings = new TreeMap<>(document.settings());
        String port = settings.remove(portKey);
        return new ServerRow(
                document.id(),
                document.namespace(),
                document.name(),
                document.version(),
                port == null ? 0 : Integer.parseInt(port),
                document.deletedAt().isPresent() ? Wanted.DELETED : Wanted.RUNNING,
                settings,
                document.createdAt(),
                document.deletedAt());
    }

    /** The name as people read it. */
    public String title() {
        return namespace.equals("default") ? name : namespace + "/" + name;
    }

    /** The same server, wanted otherwise. */
    public ServerRow wanted(Wanted now) {
        return new ServerRow(
                id, namespace, name, version, port, now, settings, createdAt, deletedAt);
    }

    /** The same server, deleted at that time. */
    public ServerRow deleted(Instant at) {
        return new ServerRow(
                id,
                namespace,
                name,
                version,
                port,
                Wanted.DELETED,
                settings,
                createdAt,
                Optional.of(at));
    }

    /** The same server under another name. */
    public ServerRow named(String other) {
        return new ServerRow(
                id, namespace, other, version, port, wanted, settings, createdAt, deletedAt);
    }
}
