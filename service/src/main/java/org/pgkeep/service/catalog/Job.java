package org.pgkeep.service.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.document.ErrorView;

/**
 * A long work that survives the process that does it.
 *
 * @param id its identity
 * @param kind what it does
 * @param server the server it works on; only one job of a server runs at a time
 * @param namespace the namespace of the server's name
 * @param serverName the server's name
 * @param name the name of what it makes, a server's or a backup's
 * @param parameters what it was asked, JSON of its kind
 * @param state how far it is
 * @param attempts how often it was started
 * @param error why it failed
 * @param result the final document, JSON
 * @param plan what it is going to do, JSON
 * @param notes what the one who asked should know
 * @param createdAt when it was asked for
 * @param startedAt when it was started first
 * @param finishedAt when it ended
 */
public record Job(
        JobId id,
        JobKind kind,
        ServerId server,
        String namespace,
        String serverName,
        String name,
        String parameters,
        JobState state,
        int attempts,
        Optional<ErrorView> error,
        Optional<String> result,
        Optional<String> plan,
        List<String> notes,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt) {
    public Job {
        notes = List.copyOf(notes);
    }

    /**
     * What is asked for.
     *
     * @param kind what it does
     * @param server the server it works on
     * @param namespace the namespace of the server's name
     * @param serverName the server's name
     * @param name the name of what it makes
     * @param parameters JSON of its kind
     * @param plan what it is going to do, JSON
     * @param notes what the one who asks should know
     */
    public record Order(
            JobKind kind,
            ServerId server,
            String namespace,
            String serverName,
            String name,
            String parameters,
            Optional<String> plan,
            List<String> notes) {}

    /** A job that waits for its turn. */
    public static Job pending(JobId id, Order order, Instant createdAt) {
        return new Job(
                id,
                order.kind(),
                order.server(),
                order.namespace(),
                order.serverName(),
                order.name(),
                order.parameters(),
                JobState.PENDING,
                0,
                Optional.empty(),
                Optional.empty(),
                order.plan(),
                order.notes(),
                createdAt,
                Optional.empty(),
                Optional.empty());
    }

    /** The same job, started once more. */
    public Job started(Instant at) {
        return with(
                JobState.RUNNING,
                attempts + 1,
                error,
                result,
                startedAt.or(() -> Optional.of(at)),
                Optional.empty());
    }

    /** The same job, with a document that a later run of it may need. */
    public Job remembering(String document) {
        return with(state, attempts, error, Optional.of(document), startedAt, finishedAt);
    }

    /** The same job, done. */
    public Job succeeded(String document, Instant at) {
        return with(
                JobState.SUCCEEDED,
                attempts,
                Optional.empty(),
                Optional.of(document),
                startedAt,
                Optional.of(at));
    }

    /** The same job, ended without. */
    public Job failed(ErrorView why, Instant at) {
        return with(
                JobState.FAILED,
                attempts,
                Optional.of(why),
                Optional.empty(),
                startedAt,
                Optional.of(at));
    }

    /** The same job, called off. */
    public Job canceled(Instant at) {
        return with(
                JobState.CANCELED,
                attempts,
                Optional.empty(),
                Optional.empty(),
                startedAt,
                Optional.of(at));
    }

    private Job with(
            JobState newState,
            int newAttempts,
            Optional<ErrorView> newError,
            Optional<String> newResult,
            Optional<Instant> newStartedAt,
            Optional<Instant> newFinishedAt) {
        return new Job(
                id,
                kind,
                server,
                namespace,
                serverName,
                name,
                parameters,
                newState,
                newAttempts,
                newError,
                newResult,
                plan,
                notes,
                createdAt,
                newStartedAt,
                newFinishedAt);
    }
}
