package org.pgkeep.service.catalog;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.document.Json;

/** The jobs: those that wait, those that run, and what became of the others. */
public final class JobTable {
    private static final String COLUMNS =
            "id, kind, server_id, namespace, server_name, name, parameters, state, attempts,"
                    + " error, result, plan, notes, created_at, started_at, finished_at";

    private static final String UNFINISHED = " state in ('PENDING', 'RUNNING') ";

    private final Catalog catalog;

    public JobTable(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Adds a job as part of a larger transaction. */
    public void add(Handle handle, Job job) {
        bind(
                        handle,
                        "insert into job ("
                                + COLUMNS
                                + ") values (:id, :kind, :serverId, :namespace, :serverName,"
                                + " :name, :parameters, :state, :attempts, :error,"
                                + " :result, :plan, :notes, :createdAt, :startedAt, :finishedAt)",
                        job)
                .bind("kind", job.kind().name())
                .bind("serverId", job.server().toString())
                .bind("namespace", job.namespace())
                .bind("serverName", job.serverName())
                .bind("name", job.name())
                .bind("parameters", job.parameters())
                .bind("plan", job.plan().orElse(null))
                .bind("notes", Json.line(job.notes()))
                .bind("createdAt", Times.micros(job.createdAt()))
                .execute();
    }

    /** Writes how far a job is. */
    public void update(Job job) {
        catalog.write(handle ->
                bind(
                                handle,
                                "update job set state = :state, attempts = :attempts,"
                                        + " error = :error,"
                                        + " result = :result, started_at = :startedAt,"
                                        + " finished_at = :finishedAt where id = :id",
                                job)
                        .execute());
    }

    private static org.jdbi.v3.core.statement.Update bind(Handle handle, String sql, Job job) {
        return handle.createUpdate(sql)
                .bind("id", job.id().toString())
                .bind("state", job.state().name())
                .bind("attempts", job.attempts())
                .bind("error", job.error().map(Json::line).orElse(null))
                .bind("result", job.result().orElse(null))
                .bind("startedAt", Times.micros(job.startedAt()))
                .bind("finishedAt", Times.micros(job.finishedAt()));
    }

    /** A job by its id. */
    public Optional<Job> byId(JobId id) {
        return catalog.read(handle ->
                handle.createQuery("select " + COLUMNS + " from job where id = :id")
                        .bind("id", id.toString())
                        .map(JobTable::job)
                        .findOne());
    }

    /** All jobs, newest first. */
    public List<Job> all() {
        return catalog.read(handle ->
                handle.createQuery("select " + COLUMNS + " from job order by created_at desc, id")
                        .map(JobTable::job)
                        .list());
    }

    /** The jobs of one server, oldest first. */
    public List<Job> of(ServerId server) {
        return catalog.read(handle ->
                handle.createQuery(
                                "select "
                                        + COLUMNS
                                        + " from job where server_id = :server"
                                        + " order by created_at, id")
                        .bind("server", server.toString())
                        .map(JobTable::job)
                        .list());
    }

    /** The jobs that have not come to their end, oldest first. */
    public List<Job> unfinished() {
        return catalog.read(handle ->
                handle.createQuery(
                                "select "
                                        + COLUMNS
                                        + " from job where"
                                        + UNFINISHED
                                        + "order by created_at, id")
                        .map(JobTable::job)
                        .list());
    }

    private static Job job(ResultSet row, StatementContext context) throws SQLException {
        return new Job(
                JobId.parse(row.getString("id")),
                JobKind.valueOf(row.getString("kind")),
                ServerId.parse(row.getString("server_id")),
                row.getString("namespace"),
                row.getString("server_name"),
                row.getString("name"),
                row.getString("parameters"),
                JobState.valueOf(row.getString("state")),
                row.getInt("attempts"),
                json(row.getString("error"), ErrorView.class),
                Optional.ofNullable(row.getString("result")),
                Optional.ofNullable(row.getString("plan")),
                List.of(Json.read(row.getString("notes"), String[].class)),
                Times.instant(row.getLong("created_at")),
                time(row, "started_at"),
                time(row, "finished_at"));
    }

    private static <T> Optional<T> json(@Nullable String text, Class<T> type) {
        return Optional.ofNullable(text).map(some -> Json.read(some, type));
    }

    private static Optional<java.time.Instant> time(ResultSet row, String column)
            throws SQLException {
        long micros = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Times.instant(micros));
    }
}
