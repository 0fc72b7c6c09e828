package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.ServerView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.service.recipe.PurgeServer;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.server.ServerViews;

/** Changes of how a server is kept, up to not at all. */
public final class ServerUpdates {
    private final ServerTable servers;
    private final JobRunner runner;
    private final ServerViews views;
    private final TierRetentions retentions;
    private final Consumer<ServerRow> adopt;
    private final Names names;

    /**
     * Updates of those servers.
     *
     * @param adopt makes a server's capture go on with its row's settings
     */
    public ServerUpdates(
            ServerTable servers,
            JobRunner runner,
            ServerViews views,
            TierRetentions retentions,
            Consumer<ServerRow> adopt) {
        this.servers = servers;
        this.runner = runner;
        this.views = views;
        this.retentions = retentions;
        this.adopt = adopt;
        this.names = new Names(servers);
    }

    /**
     * A server with its settings changed.
     *
     * @param server the server as it is now
     * @param notes what the one who asked should know
     */
    public record Updated(ServerView server, List<String> notes) {
        public Updated {
            notes = List.copyOf(notes);
        }
    }

    /**
     * Changes how a server is kept; what is not named stays as it was.
     *
     * <p>The vault is told first, the catalog second: the vault's word counts when things expire. A
     * crash in between leaves a catalog that says the old; asking again mends it.
     *
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE}, {@code BAD_ARGUMENT}
     */
    public Updated update(String nameOrId, String namespace, Map<String, String> options) {
        ServerRow row = names.livingServer(nameOrId, namespace);
        if (options.isEmpty()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "it is not said what to change",
                    "see what can be: pgkeep server update --help");
        }
        List<String> notes = new ArrayList<>(ServerSettings.of(options).notes());
        Map<String, String> settings = new TreeMap<>(row.settings());
        if (options.containsKey(RetentionPolicy.RETENTION)) {
            // it stands for both, and the newest word counts
            settings.remove(RetentionPolicy.RETENTION_MIN);
            settings.remove(RetentionPolicy.RETENTION_MAX);
        }
        settings.putAll(options);
        RetentionPolicy.of(settings);
        ServerArchive archive = new ServerArchive(retentions.first().vault(), row.id());
        Optional<ServerDocument> document = archive.document();
        document.ifPresent(known -> archive.write(withSettings(known, settings)));
        servers.set(row.id(), settings);
        ServerRow updated = names.livingServer(nameOrId, namespace);
        adopt.accept(updated);
        return new Updated(views.of(updated), notes);
    }

    private static ServerDocument withSettings(ServerDocument known, Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        Optional.ofNullable(known.settings().get(Workshop.PORT))
                .ifPresent(port -> all.put(Workshop.PORT, port));
        return new ServerDocument(
                known.id(),
                known.namespace(),
                known.name(),
                known.version(),
                known.systemIdentifier(),
                known.walSegmentBytes(),
                known.createdAt(),
                known.deletedAt(),
                all);
    }

    /**
     * Removes all backups and WAL of a deleted server.
     *
     * @param confirmed the server's name, once more
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE} if it is not deleted, {@code
     *     BAD_ARGUMENT} if the name is another
     */
    public Job purge(String nameOrId, String namespace, String confirmed) {
        ServerRow row = deleted(nameOrId, namespace);
        if (!confirmed.equals(row.name())) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "the name given to confirm is not that of the server: \"" + row.name() + "\"",
                    "all of its backups would be gone for ever; if that is meant, say --confirm "
                            + row.name());
        }
        return runner.submit(
                StorageRequests.vaultOrder(
                        retentions,
                        JobKind.PURGE,
                        row.name(),
                        Json.line(new PurgeServer.Parameters(row.id().toString()))));
    }

    /** A deleted server by its id, or by the name it had. */
    private ServerRow deleted(String nameOrId, String namespace) {
        List<ServerRow> gone =
                servers.all().stream()
                        .filter(row -> row.wanted() == Wanted.DELETED)
                        .filter(row -> row.namespace().equals(namespace))
                        .filter(row -> row.name().equals(nameOrId))
                        .toList();
        Optional<ServerRow> living = servers.byName(namespace, nameOrId);
        if (living.isPresent() || gone.isEmpty()) {
            ServerRow row = names.server(nameOrId, namespace);
            if (row.wanted() != Wanted.DELETED) {
                throw new Failure(
                        Code.WRONG_STATE,
                        "server \"" + row.title() + "\" is not deleted",
                        gone.isEmpty()
                                ? "delete it first: pgkeep server delete -n " + row.name()
                                : "a deleted one of that name has the ID " + ids(gone));
            }
            return row;
        }
        if (gone.size() > 1) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    gone.size() + " deleted servers had the name \"" + nameOrId + "\"",
                    "say which by its ID: " + ids(gone));
        }
        return gone.getFirst();
    }

    private static String ids(List<ServerRow> rows) {
        return String.join(", ", rows.stream().map(ServerRow::id).map(ServerId::toString).toList());
    }
}
