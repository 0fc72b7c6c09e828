package org.pgkeep.service.request;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archiving.ArchiveCapture;
import org.pgkeep.engine.archiving.HeldFile;
import org.pgkeep.engine.archiving.PushListener;
import org.pgkeep.engine.archiving.PushOutcome;
import org.pgkeep.engine.archiving.WalFetcher;
import org.pgkeep.engine.archiving.WalPusher;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.WalDoors;
import org.pgkeep.service.server.Watches;
import org.pgkeep.vault.Vault;

/** WAL that servers hand over and ask for, file by file. */
public final class WalRequests implements AutoCloseable {
    /** One more than the cores of a small machine: one of them waits for the disk. */
    private static final int SEALERS = 3;

    private static final int OPENERS = 2;

    private final Vault vault;
    private final Watches watches;
    private final WalDoors doors;
    private final Places places;
    private final Names names;
    private final ExecutorService sealers = threads(SEALERS, "seal pushed WAL ");
    private final ExecutorService openers = threads(OPENERS, "fetch WAL ");
    private final Map<ServerId, WalPusher> pushers = new ConcurrentHashMap<>();
    private final Map<ServerId, WalFetcher> fetchers = new ConcurrentHashMap<>();

    public WalRequests(
            Vault vault, ServerTable servers, Places places, Watches watches, WalDoors doors) {
        this.places = places;
        this.vault = vault;
        this.watches = watches;
        this.doors = doors;
        this.names = new Names(servers);
    }

    private static ExecutorService threads(int count, String name) {
        return Executors.newFixedThreadPool(
                count, Thread.ofPlatform().daemon().name(name, 1).factory());
    }

    /** Whether a token opens that server's WAL. */
    public boolean admits(String token, String nameOrId, String namespace) {
        return doors.admits(token, names.server(nameOrId, namespace).id());
    }

    /**
     * Takes a file of a server's {@code pg_wal} into the vault, where it is durable when this
     * returns.
     *
     * @throws Failure {@code UNKNOWN_SERVER}, and as {@link WalPusher#push}
     */
    public PushOutcome push(String nameOrId, String namespace, Path file) {
        if (!file.isAbsolute()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + file + "\" is no absolute path",
                    "let pgkeep wal push ask: it knows where it was called");
        }
        ServerRow row = names.livingServer(nameOrId, namespace);
        return pushers.computeIfAbsent(row.id(), this::pusher).push(file);
    }

    private WalPusher pusher(ServerId id) {
        ServerArchive archive = new ServerArchive(vault, id);
        return new WalPusher(
                archive,
                document(archive),
                Optional.of(places.root(id).resolve("data/pg_wal")),
                sealers,
                new Relay(id));
    }

    private static ServerDocument document(ServerArchive archive) {
        return archive.document()
                .orElseThrow(() ->
                        new Failure(
                                Code.WRONG_STATE,
                                "the vault has no document of server " + archive.server() + " yet",
                                "it is being made; the server tries again by itself"));
    }

    /**
     * A WAL file of a server, also of a deleted one by its id.
     *
     * @return empty if it is not held, or not yet
     * @throws Failure {@code UNKNOWN_SERVER}, and as {@link WalFetcher#find}
     */
    public Optional<HeldFile> fetch(String nameOrId, String namespace, String file) {
        ServerRow row = names.server(nameOrId, namespace);
        return fetchers.computeIfAbsent(row.id(), this::fetcher).find(file);
    }

    private WalFetcher fetcher(ServerId id) {
        ServerArchive archive = new ServerArchive(vault, id);
        return new WalFetcher(archive, document(archive).walSegmentBytes(), openers);
    }

    /** Tells the watch over a server what came; a server that streams is told of nothing. */
    private final class Relay implements PushListener {
        private final ServerId id;

        Relay(ServerId id) {
            this.id = id;
        }

        private Optional<ArchiveCapture> capture() {
            return watches.find(id)
                    .flatMap(ServerWatch::capture)
                    .filter(ArchiveCapture.class::isInstance)
                    .map(ArchiveCapture.class::cast);
        }

        @Override
        public void held(TimelineId timeline, Lsn from, Lsn to) {
            capture().ifPresent(each -> each.held(timeline, from, to));
        }

        @Override
        public void acknowledged(TimelineId timeline, Lsn from, Lsn to) {
            capture().ifPresent(each -> each.acknowledged(timeline, from, to));
        }
    }

    @Override
    public void close() {
        sealers.shutdown();
        openers.shutdown();
    }
}
