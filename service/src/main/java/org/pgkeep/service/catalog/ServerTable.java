package org.pgkeep.service.catalog;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.service.document.Json;
import tools.jackson.databind.JsonNode;

/** The servers that are wanted, and those that were. */
public final class ServerTable {
    private static final String COLUMNS =
            "id, namespace, name, version, port, wanted, settings, created_at, deleted_at";

    private final Catalog catalog;

    public ServerTable(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Adds a server as part of a larger transaction.
     *
     * @throws Failure {@code NAME_TAKEN}, {@code PORT_TAKEN}
     */
    public void add(Handle handle, ServerRow row) {
        if (named(handle, row.namespace(), row.name()).isPresent()) {
            throw new Failure(
                    Code.NAME_TAKEN,
                    "there is a server \"" + row.title() + "\" already",
                    "choose another name, or delete that one first");
        }
        Optional<ServerRow> holder =
                all(handle).stream()
                        .filter(each -> each.wanted() != Wanted.DELETED)
                        .filter(each -> each.port() == row.port())
                        .findFirst();
        if (holder.isPresent()) {
            throw new Failure(
                    Code.PORT_TAKEN,
                    "port " + row.port() + " belongs to server \"" + holder.get().title() + "\"",
                    "choose another port, or leave it out: pgkeep finds a free one");
        }
        insert(handle, row);
    }

    private static void insert(Handle handle, ServerRow row) {
        handle.createUpdate(
                        "insert into server ("
                                + COLUMNS
                                + ") values (:id, :namespace, :name, :version, :port, :wanted,"
                                + " :settings, :createdAt, :deletedAt)")
                .bind("id", row.id().toString())
                .bind("namespace", row.namespace())
                .bind("name", row.name())
                .bind("version", row.version().text())
                .bind("port", row.port())
                .bind("wanted", row.wanted().name())
                .bind("settings", Json.line(row.settings()))
                .bind("createdAt", Times.micros(row.createdAt()))
                .bind("deletedAt", Times.micros(row.deletedAt()))
                .execute();
    }

    /** Takes up a server that the vault knows and the catalog lost; no complaint about its port. */
    public void adopt(ServerRow row) {
        catalog.write(handle -> {
            boolean taken =
                    row.wanted() != Wanted.DELETED
                            && named(handle, row.namespace(), row.name()).isPresent();
            insert(
                    handle,
                    taken
                            ? row.named(row.name() + "-" + row.id().toString().substring(0, 8))
                            : row);
            return row;
        });
    }

    /** Changes what is wanted of a server. */
    public void want(ServerId id, Wanted wanted) {
        catalog.write(handle ->
                handle.createUpdate("update server set wanted = :wanted where id = :id")
                        .bind("wanted", wanted.name())
                        .bind("id", id.toString())
                        .execute());
    }

    /** Changes how a server is to be kept. */
    public void set(ServerId id, Map<String, String> settings) {
        catalog.write(handle ->
                handle.createUpdate("update server set settings = :settings where id = :id")
                        .bind("settings", Json.line(settings))
                        .bind("id", id.toString())
                        .execute());
    }

    /** Notes that a server is gone. Its name is free from now on. */
    public void markDeleted(ServerId id, Instant at) {
        catalog.write(handle ->
                handle.createUpdate(
                                "update server set wanted = 'DELETED', deleted_at = :at"
                                        + " where id = :id")
                        .bind("at", Times.micros(at))
                        .bind("id", id.toString())
                        .execute());
    }

    /**
     * Puts a server in the place of another, which is deleted: name and port change hands in one
     * transaction. Done already, it is the row that is there.
     */
    public ServerRow replace(ServerId gone, Instant at, ServerRow row) {
        Optional<ServerRow> there = byId(row.id());
        if (there.isPresent()) {
            return there.get();
        }
        return catalog.write(handle -> {
            handle.createUpdate(
                            "update server set wanted = 'DELETED', deleted_at = :at"
                                    + " where id = :id")
                    .bind("at", Times.micros(at))
                    .bind("id", gone.toString())
                    .execute();
            insert(handle, row);
            return row;
        });
    }

    /** Forgets a server that never came to be. */
    public void forget(ServerId id) {
        catalog.write(handle ->
                handle.createUpdate("delete from server where id = :id")
                        .bind("id", id.toString())
                        .execute());
    }

    /** A server by its id, deleted or not. */
    public Optional<ServerRow> byId(ServerId id) {
        return catalog.read(handle ->
                handle.createQuery("select " + COLUMNS + " from server where id = :id")
                        .bind("id", id.toString())
                        .map(ServerTable::row)
                        .findOne());
    }

    /** A server by its name; deleted ones have none. */
    public Optional<ServerRow> byName(String namespace, String name) {
        return catalog.read(handle -> named(handle, namespace, name));
    }

    /** All servers, deleted ones too, in the order they were made. */
    public List<ServerRow> all() {
        return catalog.read(ServerTable::all);
    }

    private static List<ServerRow> all(Handle handle) {
        return handle.createQuery("select " + COLUMNS + " from server order by created_at, id")
                .map(ServerTable::row)
                .list();
    }

    private static Optional<ServerRow> named(Handle handle, String namespace, String name) {
        return handle.createQuery(
                        "select "
                                + COLUMNS
                                + " from server where namespace = :namespace and name = :name"
                                + " and wanted <> 'DELETED'")
                .bind("namespace", namespace)
                .bind("name", name)
                .map(ServerTable::row)
                .findOne();
    }

    private static ServerRow row(ResultSet row, StatementContext context) throws SQLException {
        long deletedAt = row.getLong("deleted_at");
        boolean deleted = !row.wasNull();
        return new ServerRow(
                ServerId.parse(row.getString("id")),
                row.getString("namespace"),
                row.getString("name"),
                PostgresVersion.parse(row.getString("version")),
                row.getInt("port"),
                Wanted.valueOf(row.getString("wanted")),
                settings(row.getString("settings")),
                Times.instant(row.getLong("created_at")),
                deleted ? Optional.of(Times.instant(deletedAt)) : Optional.empty());
    }

    private static Map<String, String> settings(String json) {
        Map<String, String> settings = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : Json.read(json).properties()) {
            settings.put(each.getKey(), each.getValue().asString());
        }
        return settings;
    }
}
