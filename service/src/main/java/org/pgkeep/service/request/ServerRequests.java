package org.pgkeep.service.request;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.ServerView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.recipe.BackupParameters;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerViews;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.vault.tier.Redundancy;

/** What can be asked about servers. */
public final class ServerRequests {
    private final ServerTable servers;
    private final JobTable jobs;
    private final JobRunner runner;
    private final Places places;
    private final ServerViews views;
    private final Names names;
    private final Identities identities;
    private final InstantSource clock;
    private final Redundancy vaultKeeps;

    public ServerRequests(
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            Places places,
            ServerViews views,
            Identities identities,
            InstantSource clock,
            Redundancy vaultKeeps) {
        this.vaultKeeps = vaultKeeps;
        this.servers = servers;
        this.jobs = jobs;
        this.runner = runner;
        this.places = places;
        this.views = views;
        this.names = new Names(servers);
        this.identities = identities;
        this.clock = clock;
    }

    /**
     * A server that is to be made.
     *
     * @param name its name
     * @param namespace the namespace of the name
     * @param version the PostgreSQL it is to run; empty for the newest on this machine
     * @param port its port; empty for a free one
     * @param options how it is to be kept, see {@link ServerSettings}
     */
    public record Creation(
            String name,
            String namespace,
            Optional<String> version,
            Optional<Integer> port,
            Map<String, String> options) {}

    /**
     * Makes a server, and takes its first backup.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code NAME_TAKEN}, {@code PORT_TAKEN}, {@code
     *     NO_BINARIES}
     */
    public Job create(Creation wanted) {
        ServerSettings settings = ServerSettings.of(wanted.options());
        Names.checked("server", wanted.name());
        Names.checked("namespace", wanted.namespace());
        refuseTaken(wanted.name(), wanted.namespace());
        Installation installation = places.forNew(wanted.version());
        ServerRow row =
                newRow(
                        wanted.name(),
                        wanted.namespace(),
                        installation,
                        port(wanted.port()),
                        withRedundancy(settings.values()));
        BackupParameters first =
                new BackupParameters(identities.backup().toString(), identities.automaticBackup());
        if (ServerWatch.isArchiving(row.settings())) {
            Map<String, String> _ = places.archiving(row.id());
        }
        Job.Order order =
                new Job.Order(
                        JobKind.CREATE,
                        row.id(),
                        row.namespace(),
                        row.name(),
                        row.name(),
                        Json.line(first),
                        Optional.empty(),
                        settings.notes());
        return runner.submit(order, handle -> servers.add(handle, row));
    }

    /**
     * A server has the redundancy of the vault it is kept in; one that asks for more is refused.
     */
    private Map<String, String> withRedundancy(Map<String, String> settings) {
        String wanted = settings.getOrDefault("redundancy", vaultKeeps.word());
        if (!wanted.equals(Redundancy.LOCAL.word()) && !wanted.equals(vaultKeeps.word())) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the vault's first tier has redundancy "
                            + vaultKeeps.word()
                            + ", not "
                            + wanted,
                    "make a vault with it in a new home: pgkeep vault init --vault A --vault B"
                            + " --vault C");
        }
        Map<String, String> with = new TreeMap<>(settings);
        with.put("redundancy", vaultKeeps.word());
        return with;
    }

    /** The row of a server that its job is going to make. */
    ServerRow newRow(
            String name,
            String namespace,
            Installation installation,
            int port,
            Map<String, String> settings) {
        return new ServerRow(
                identities.server(),
                namespace,
                name,
                installation.version(),
                port,
                Wanted.MADE,
                settings,
                clock.instant().truncatedTo(java.time.temporal.ChronoUnit.MICROS),
                Optional.empty());
    }

    /** Refuses a name that is taken: early, for the sake of the sentence; the catalog decides. */
    void refuseTaken(String name, String namespace) {
        Optional<ServerRow> holder = servers.byName(namespace, name);
        if (holder.isPresent()) {
            throw new Failure(
                    Code.NAME_TAKEN,
                    "there is a server \"" + holder.get().title() + "\" already",
                    "choose another name, or delete that one first");
        }
    }

    /** The port for a new server, checked or found. */
    int port(Optional<Integer> wanted) {
        if (wanted.isPresent()) {
            refuseOwned(wanted.get());
            places.checkPort(wanted.get());
            return wanted.get();
        }
        Set<Integer> taken =
                servers.all().stream()
                        .filter(row -> row.wanted() != Wanted.DELETED)
                        .map(ServerRow::port)
                        .collect(Collectors.toSet());
        return places.freePort(taken);
    }

    private void refuseOwned(int port) {
        servers.all().stream()
                .filter(row -> row.wanted() != Wanted.DELETED && row.port() == port)
                .findFirst()
                .ifPresent(row -> {
                    throw new Failure(
                            Code.PORT_TAKEN,
                            "port " + port + " belongs to server \"" + row.title() + "\"",
                            "choose another port, or leave it out: pgkeep finds a free" + " one");
                });
    }

    /**
     * The servers there are, of one namespace or of all.
     *
     * @param deletedToo with those that are deleted and can still be restored
     */
    public List<ServerView> list(Optional<String> namespace, boolean deletedToo) {
        return servers.all().stream()
                .filter(row -> deletedToo || row.wanted() != Wanted.DELETED)
                .filter(row -> namespace.isEmpty() || row.namespace().equals(namespace.get()))
                .map(views::of)
                .toList();
    }

    /** The names of the servers there are. */
    public List<String> titles() {
        return servers.all().stream()
                .filter(row -> row.wanted() != Wanted.DELETED)
                .map(ServerRow::title)
                .toList();
    }

    /**
     * One server, a deleted one by its id.
     *
     * @throws Failure {@code UNKNOWN_SERVER}
     */
    public ServerView show(String nameOrId, String namespace) {
        return views.of(names.server(nameOrId, namespace));
    }

    /**
     * Takes a server away; its archive stays.
     *
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE}
     */
    public Job delete(String nameOrId, String namespace) {
        ServerRow row = names.livingServer(nameOrId, namespace);
        Map<JobKind, Job> unfinished = new HashMap<>();
        jobs.of(row.id()).stream()
                .filter(job -> !job.state().isFinal())
                .forEach(job -> unfinished.put(job.kind(), job));
        if (row.wanted() == Wanted.MADE) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" is still being made",
                    "wait until that job has ended: pgkeep job list");
        }
        if (unfinished.containsKey(JobKind.DELETE)) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" is being deleted already",
                    "follow it with: pgkeep job follow " + unfinished.get(JobKind.DELETE).id());
        }
        return runner.submit(
                new Job.Order(
                        JobKind.DELETE,
                        row.id(),
                        row.namespace(),
                        row.name(),
                        row.name(),
                        "{}",
                        Optional.empty(),
                        List.of()));
    }
}
