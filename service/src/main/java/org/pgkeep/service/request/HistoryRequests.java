package org.pgkeep.service.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.Moments;
import org.pgkeep.engine.wal.RemovedRelations;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.MomentView;
import org.pgkeep.service.document.RangeView;
import org.pgkeep.service.moment.MomentParser;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.ServerViews;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.Watches;
import org.pgkeep.vault.Vault;

/** What can be asked about the past. */
public final class HistoryRequests {
    /** What happened just now is on its way into the vault for a second or two. */
    private static final Duration HELD_AT_MOST = Duration.ofSeconds(5);

    private final Vault vault;
    private final Watches watches;
    private final ServerViews views;
    private final Names names;
    private final InstantSource clock;

    public HistoryRequests(
            Vault vault,
            ServerTable servers,
            Watches watches,
            ServerViews views,
            InstantSource clock) {
        this.vault = vault;
        this.watches = watches;
        this.views = views;
        this.names = new Names(servers);
        this.clock = clock;
    }

    /**
     * The moments of a server one may want to go back to, in the order of its log.
     *
     * @param since since when, in the words that {@link MomentParser} reads; empty for all
     * @param zone the user's zone
     * @param dropsOnly only those that removed or emptied something
     * @throws Failure {@code UNKNOWN_SERVER}, {@code BAD_ARGUMENT}
     */
    public List<MomentView> moments(
            String nameOrId,
            String namespace,
            Optional<String> since,
            ZoneId zone,
            boolean dropsOnly) {
        ServerRow row = names.server(nameOrId, namespace);
        Instant now = clock.instant();
        Instant from = since.map(text -> MomentParser.parse(text, now, zone)).orElse(Instant.EPOCH);
        watches.find(row.id())
                .flatMap(ServerWatch::capture)
                .ifPresent(capture -> capture.awaitHeldThrough(now, HELD_AT_MOST));
        ServerArchive archive = new ServerArchive(vault, row.id());
        RemovedRelations removed = new RemovedRelations(vault, archive);
        return Moments.list(archive, from, dropsOnly).stream()
                .map(moment -> MomentView.of(moment, removed.of(moment)))
                .toList();
    }

    /**
     * The stretches in which every moment of a server can be restored.
     *
     * @throws Failure {@code UNKNOWN_SERVER}
     */
    public List<RangeView> ranges(String nameOrId, String namespace) {
        ServerRow row = names.server(nameOrId, namespace);
        Optional<Instant> heldThrough =
                watches.find(row.id()).map(ServerWatch::health).flatMap(Health::heldThrough);
        return views.ranges(row.id(), heldThrough).stream().map(RangeView::of).toList();
    }
}
