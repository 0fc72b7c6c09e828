package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A long work.
 *
 * @param id its GUID
 * @param kind {@code create}, {@code backup}, {@code restore}, {@code overwrite}, {@code delete},
 *     {@code reseal}, {@code sweep}, {@code scrub}, {@code purge}, {@code verify} or {@code drill}
 * @param state {@code Pending}, {@code Running}, {@code Succeeded}, {@code Failed} or {@code
 *     Canceled}
 * @param server the name of the server it works on
 * @param namespace the namespace of that name
 * @param serverId the server's GUID
 * @param name the name of what it makes: a server's or a backup's
 * @param progress how far it is, while it runs
 * @param attempts how often it was started: more than once when the service ended meanwhile
 * @param createdAt when it was asked for
 * @param startedAt when it was started first
 * @param finishedAt when it ended
 * @param error why it failed
 * @param result the final document
 * @param plan what a restore is going to do
 * @param notes what the one who asked should know
 */
public record JobView(
        String id,
        String kind,
        String state,
        String server,
        String namespace,
        String serverId,
        String name,
        Optional<ProgressView> progress,
        int attempts,
        Instant createdAt,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt,
        Optional<ErrorView> error,
        Optional<JsonNode> result,
        Optional<JsonNode> plan,
        List<String> notes) {

    /**
     * How far a work is.
     *
     * @param phase what is being done
     * @param doneBytes how much of it is done
     * @param totalBytes how much there is in all; 0 where that is not known
     */
    public record ProgressView(String phase, long doneBytes, long totalBytes) {}
}
