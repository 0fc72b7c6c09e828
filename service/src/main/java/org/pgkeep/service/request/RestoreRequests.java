package org.pgkeep.service.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.capture.Capture;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.RestorePlanner;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.PlanView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.recipe.OverwriteParameters;
import org.pgkeep.service.recipe.RestoreParameters;
import org.pgkeep.service.recipe.Targets;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.Watches;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.Vault;

/** What can be asked about restores. */
public final class RestoreRequests {
    /** A moment just past is on its way into the vault for a second or two. */
    private static final Duration HELD_AT_MOST = Duration.ofSeconds(10);

    /** The server tells of new positions several times a second. */
    private static final Duration NEWS_AT_MOST = Duration.ofSeconds(2);

    private final Tiers tiers;
    private final ServerTable servers;
    private final JobRunner runner;
    private final Watches watches;
    private final Places places;
    private final ServerRequests requests;
    private final Names names;
    private final Identities identities;
    private final InstantSource clock;

    public RestoreRequests(
            Tiers tiers,
            ServerTable servers,
            JobRunner runner,
            Watches watches,
            Places places,
            ServerRequests requests,
            Identities identities,
            InstantSource clock) {
        this.tiers = tiers;
        this.servers = servers;
        this.runner = runner;
        this.watches = watches;
        this.places = places;
        this.requests = requests;
        this.names = new Names(servers);
        this.identities = identities;
        this.clock = clock;
    }

    /** Where a restore is to end, in the user's words. */
    public sealed interface Wish {
        /** A moment as {@link org.pgkeep.service.moment.MomentParser} reads it. */
        record AtTime(String text) implements Wish {}

        /** A position as PostgreSQL writes it. */
        record AtLsn(String text) implements Wish {}

        /** Right behind a transaction. */
        record WithXid(long xid) implements Wish {}

        /** Right before a transaction. */
        record BeforeXid(long xid) implements Wish {}

        /** Right behind a restore point. */
        record AtRestorePoint(String name) implements Wish {}

        /** The first moment there is. */
        record Earliest() implements Wish {}

        /** The last moment there is. */
        record Latest() implements Wish {}

        /** A backup's own end. */
        record OfBackup(String nameOrId) implements Wish {}
    }

    /**
     * A restore that is to be made.
     *
     * @param name the new server's name
     * @param namespace the namespace of the names
     * @param source the name or id of the server to bring back; empty for the one of that name
     * @param wish where to
     * @param zone the user's zone
     * @param port the new server's port; empty for a free one
     * @param tier the one tier to read from; empty for whichever has what is asked for
     */
    public record Restoration(
            String name,
            String namespace,
            Optional<String> source,
            Wish wish,
            ZoneId zone,
            Optional<Integer> port,
            Optional<Integer> tier) {}

    /**
     * What a restore would do; changes nothing.
     *
     * @throws Failure {@code UNKNOWN_SERVER}, {@code UNKNOWN_BACKUP}, {@code BAD_ARGUMENT}, {@code
     *     MOMENT_IN_FUTURE}, {@code MOMENT_TOO_EARLY}, {@code MOMENT_NOT_HELD}
     */
    public PlanView plan(Restoration wanted) {
        ServerRow source = source(wanted);
        return PlanView.of(
                plan(source, wanted.wish(), wanted.zone(), from(wanted)),
                replaced(wanted).map(row -> row.id().toString()),
                wanted.zone());
    }

    /**
     * Makes a new server from an archive.
     *
     * <p>Where a server has the name already, the new one takes its place: what was there is
     * brought into the vault first, and can be restored by its ID.
     *
     * @throws Failure as {@link #plan}, and {@code PORT_TAKEN}, {@code NO_BINARIES}, {@code
     *     WRONG_STATE}
     */
    public Job restore(Restoration wanted) {
        Names.checked("server", wanted.name());
        Names.checked("namespace", wanted.namespace());
        ServerRow source = source(wanted);
        Optional<ServerRow> replaced = replaced(wanted);
        if (replaced.isPresent()) {
            return overwrite(source, replaced.get(), wanted);
        }
        Installation installation = places.ofMajor(source.version().major());
        int port = requests.port(wanted.port());
        RestorePlan plan = plan(source, wanted.wish(), wanted.zone(), from(wanted));
        ServerRow row =
                requests.newRow(
                        wanted.name(), wanted.namespace(), installation, port, settings(source));
        RestoreParameters parameters =
                new RestoreParameters(
                        source.id().toString(),
                        Targets.fixed(plan),
                        identities.backup().toString(),
                        identities.automaticBackup(),
                        wanted.tier());
        Job.Order order =
                new Job.Order(
                        JobKind.RESTORE,
                        row.id(),
                        row.namespace(),
                        row.name(),
                        row.name(),
                        Json.line(parameters),
                        Optional.of(Json.line(PlanView.of(plan, wanted.zone()))),
                        List.of());
        return runner.submit(order, handle -> servers.add(handle, row));
    }

    /** The server whose past is wanted; unsaid, that of the server itself. */
    private ServerRow source(Restoration wanted) {
        return names.server(
                wanted.source()
                        .or(() -> replaced(wanted).map(ServerRow::name))
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "it isn't said from which server to restore",
                                        "add -f SOURCE, the name or ID of a server")),
                wanted.namespace());
    }

    private Optional<ServerRow> replaced(Restoration wanted) {
        return servers.byName(wanted.namespace(), wanted.name());
    }

    private Job overwrite(ServerRow source, ServerRow replaced, Restoration wanted) {
        if (replaced.wanted() == Wanted.MADE) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + replaced.title() + "\" is still being made",
                    "wait until that job has ended: pgkeep job list");
        }
        if (wanted.port().filter(port -> port != replaced.port()).isPresent()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "server \"" + replaced.title() + "\" keeps its port " + replaced.port(),
                    "leave --port out, or choose another name for a new server");
        }
        Installation _ = places.ofMajor(source.version().major());
        RestorePlan plan = plan(source, wanted.wish(), wanted.zone(), from(wanted));
        String stamp = identities.automaticBackup();
        OverwriteParameters parameters =
                new OverwriteParameters(
                        identities.server().toString(),
                        identities.backup().toString(),
                        stamp.replaceFirst("auto-", "before-restore-"),
                        new RestoreParameters(
                                source.id().toString(),
                                Targets.fixed(plan),
                                identities.backup().toString(),
                                stamp,
                                wanted.tier()));
        return runner.submit(
                new Job.Order(
                        JobKind.OVERWRITE,
                        replaced.id(),
                        replaced.namespace(),
                        replaced.name(),
                        replaced.name(),
                        Json.line(parameters),
                        Optional.of(
                                Json.line(
                                        PlanView.of(
                                                plan,
                                                Optional.of(replaced.id().toString()),
                                                wanted.zone()))),
                        List.of()));
    }

    /** As the source's, but it streams: a restored server is fenced, and archives nothing. */
    private static Map<String, String> settings(ServerRow source) {
        Map<String, String> settings = new TreeMap<>(source.settings());
        settings.remove(ServerSettings.WAL);
        return settings;
    }

    /**
     * The plan that leads there. A moment just past is waited for.
     *
     * @throws Failure as {@link #plan(Restoration)}
     */
    public RestorePlan plan(ServerRow source, Wish wish, ZoneId zone) {
        return plan(source, wish, zone, tiers.everywhere());
    }

    private RestorePlan plan(ServerRow source, Wish wish, ZoneId zone, Vault from) {
        if (source.wanted() == Wanted.MADE) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + source.title() + "\" is still being made",
                    "wait until that job has ended: pgkeep job list");
        }
        Instant now = clock.instant();
        RestoreTarget target = Wishes.target(source.id(), source.name(), wish, zone, now, from);
        Optional<Capture> capture = watches.find(source.id()).flatMap(ServerWatch::capture);
        capture.ifPresent(it -> awaitHeld(it, target, now));
        Optional<Instant> heldThrough =
                watches.find(source.id()).map(ServerWatch::health).flatMap(Health::heldThrough);
        return new RestorePlanner(from, clock).plan(source.id(), target, heldThrough);
    }

    private Vault from(Restoration wanted) {
        return tiers.at(wanted.tier());
    }

    /** A position the server has not told of yet is a typing error more often than the present. */
    private static Duration patienceFor(Capture capture, Lsn lsn) {
        return lsn.isAfter(capture.figures().serverLsn()) ? NEWS_AT_MOST : HELD_AT_MOST;
    }

    /** Whether it is held is the plan's to say; waiting only makes it likelier. */
    private static void awaitHeld(Capture capture, RestoreTarget target, Instant now) {
        boolean _ =
                switch (target) {
                    case RestoreTarget.ToTime(Instant time) ->
                            capture.awaitHeldThrough(time, HELD_AT_MOST);
                    case RestoreTarget.ToLsn(Lsn lsn) ->
                            capture.awaitHeld(lsn, patienceFor(capture, lsn));
                    case RestoreTarget.ToXid _,
                            RestoreTarget.BeforeXid _,
                            RestoreTarget.ToRestorePoint _,
                            RestoreTarget.Latest _ ->
                            capture.awaitHeldThrough(now, HELD_AT_MOST);
                    case RestoreTarget.Earliest _, RestoreTarget.ToBackup _ -> true;
                };
    }
}
