package org.pgkeep.service;

import static java.util.Map.entry;
import static java.util.Map.ofEntries;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.StoragePlaces;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.service.catalog.Catalog;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.VaultSettingTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.StatusView;
import org.pgkeep.service.drill.DrillRecipe;
import org.pgkeep.service.drill.DrillRequests;
import org.pgkeep.service.drill.DrillSchedule;
import org.pgkeep.service.home.Home;
import org.pgkeep.service.home.HomeLock;
import org.pgkeep.service.home.ServiceFile;
import org.pgkeep.service.home.SocketDirectory;
import org.pgkeep.service.home.TemporaryFiles;
import org.pgkeep.service.home.TierStores;
import org.pgkeep.service.home.VaultDoor;
import org.pgkeep.service.home.VaultWish;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.Prices;
import org.pgkeep.service.keep.SweepSchedule;
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.service.keep.UsageAccount;
import org.pgkeep.service.metrics.Metrics;
import org.pgkeep.service.recipe.CreateServer;
import org.pgkeep.service.recipe.DeleteServer;
import org.pgkeep.service.recipe.OverwriteServer;
import org.pgkeep.service.recipe.PurgeServer;
import org.pgkeep.service.recipe.ResealVault;
import org.pgkeep.service.recipe.RestoreServer;
import org.pgkeep.service.recipe.ScrubVault;
import org.pgkeep.service.recipe.SweepVault;
import org.pgkeep.service.recipe.TakeBackup;
import org.pgkeep.service.recipe.VerifyBackup;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.request.BackupActs;
import org.pgkeep.service.request.BackupRequests;
import org.pgkeep.service.request.BackupSchedule;
import org.pgkeep.service.request.HistoryRequests;
import org.pgkeep.service.request.Identities;
import org.pgkeep.service.request.JobRequests;
import org.pgkeep.service.request.KeyRequests;
import org.pgkeep.service.request.RestoreRequests;
import org.pgkeep.service.request.ServerRequests;
import org.pgkeep.service.request.ServerUpdates;
import org.pgkeep.service.request.StorageRequests;
import org.pgkeep.service.request.TierRequests;
import org.pgkeep.service.request.VaultWishes;
import org.pgkeep.service.request.WalRequests;
import org.pgkeep.service.rest.KeepRoutes;
import org.pgkeep.service.rest.RestApi;
import org.pgkeep.service.server.CaptureWishes;
import org.pgkeep.service.server.Measurements;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerViews;
import org.pgkeep.service.server.WalDoors;
import org.pgkeep.service.server.Watches;
import org.pgkeep.service.tier.CopyLog;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.pkcs11.TokenKeyService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service: puts its parts together, starts them in order and ends them in the reverse order.
 * The only place that calls adapters' constructors, and reads the clock and the machine's
 * randomness.
 */
public final class Service implements AutoCloseable {
    /** The service's version, as {@code status} tells it. */
    public static final String VERSION = "0.1.0";

    private static final int TOKEN_BYTES = 32;

    /** The property in which the launcher names itself: servers that archive call it. */
    static final String LAUNCHER = "pgkeep.launcher";

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private final ServiceOptions options;
    private final VaultWish wish;
    private final Home home;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Instant startedAt;
    private final List<String> announcements = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    /** What has to be ended, the last one first. Guarded by itself. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /** The routes of the REST API; empty before it listens. */
    private volatile List<RestApi.Route> routes = List.of();

    /** Who answers; empty before it listens. */
    private volatile Optional<RestApi> api = Optional.empty();

    private volatile boolean stopServers;
    private volatile int port;

    private Service(ServiceOptions options, VaultWish wish) {
        this.options = options;
        this.wish = wish;
        this.home = new Home(options.home());
        this.clock = Clock.systemUTC();
        this.random = new SecureRandom();
        this.startedAt = clock.instant();
    }

    /**
     * Starts a service. When this returns it answers; servers and unfinished jobs are being taken
     * care of.
     *
     * @throws Failure when it can't: {@code IN_USE}, {@code NO_KEY}, {@code WRONG_KEY}, {@code
     *     WRONG_PLACE}, {@code NOT_WRITABLE}, {@code NEWER_FORMAT}, {@code PORT_TAKEN}, …; nothing
     *     is left running then
     */
    public static Service start(ServiceOptions options) {
        return start(options, VaultWish.NONE);
    }

    /** As {@link #start(ServiceOptions)}, with a word about the vault's places. */
    public static Service start(ServiceOptions options, VaultWish wish) {
        Service service = new Service(options, wish);
        try {
            service.begin();
            return service;
        } catch (RuntimeException e) {
            service.close();
            throw e;
        }
    }

    private void begin() {
        // the home, for this process alone
        home.prepare();
        keep(HomeLock.take(home));
        ServiceFile.remove(home);
        Path temporary = TemporaryFiles.prepare(home);
        TemporaryFiles.PROPERTIES.forEach(name -> System.setProperty(name, temporary.toString()));
        keep(ServiceLog.open(home.log(), options.consoleLog()));
        LOG.info("pgkeep {} starts in {}", VERSION, home.root());
        // who runs the servers has to get to them
        OperatingSystemUser runAs = OperatingSystemUser.forServers();
        home.checkReachableBy(runAs.name(), options.userName());
        Path sockets =
                SocketDirectory.prepare(
                        home, options.temporary(), runAs.name(), options.userName());
        // the vault, then what is wanted, mended from the vault
        PlaceOpener opener = places(clock, random);
        TierStores stores = new TierStores(opener, clock, new CopyLog());
        VaultDoor door = new VaultDoor(home, opener, stores, random, clock);
        VaultDoor.Opened opened = door.open(givenKey(), options.vault(), wish);
        announce(opened);
        Vault vault = opened.vault();
        Tiers tiers =
                keep(
                        new Tiers(
                                vault,
                                opened.tier(),
                                stores,
                                opened.again(),
                                door::remember,
                                clock));
        Catalog catalog = keep(Catalog.open(home.catalog()));
        ServerTable servers = new ServerTable(catalog);
        JobTable jobs = new JobTable(catalog);
        VaultWishes wishes = new VaultWishes(new VaultSettingTable(catalog));
        adoptLostServers(vault, servers);
        // who does the work
        Places places =
                new Places(
                        home,
                        sockets,
                        runAs,
                        options.userName(),
                        options.binaryRoots(),
                        random,
                        Optional.ofNullable(System.getProperty(LAUNCHER)).map(Path::of));
        CaptureSettings usualCapture = CaptureWishes.usualFor(opened.tier().settings().places());
        WalDoors doors = keep(new WalDoors(home, runAs, random));
        Watches watches = new Watches(places, vault, usualCapture, clock, doors);
        WalRequests wal = keep(new WalRequests(vault, servers, places, watches, doors));
        // servers that are stopped hand over their last segment while they stop
        keep(this::endListening);
        keep(() -> watches.close(stopServers));
        ServerViews views = new ServerViews(tiers.reading(), places, watches, jobs);
        Workshop workshop = new Workshop(vault, clock, servers, places, watches, views);
        Identities identities = new Identities(random, clock);
        TierRetentions retentions = new TierRetentions(vault, tiers, clock);
        JobRunner runner =
                keep(
                        new JobRunner(
                                catalog,
                                jobs,
                                ofEntries(
                                        entry(JobKind.CREATE, new CreateServer(workshop)),
                                        entry(JobKind.BACKUP, new TakeBackup(workshop)),
                                        entry(JobKind.RESTORE, new RestoreServer(workshop, tiers)),
                                        entry(
                                                JobKind.OVERWRITE,
                                                new OverwriteServer(workshop, tiers)),
                                        entry(JobKind.DELETE, new DeleteServer(workshop)),
                                        entry(JobKind.RESEAL, new ResealVault(vault)),
                                        entry(
                                                JobKind.SCRUB,
                                                new ScrubVault(tiers, wishes::scrubBytesPerSecond)),
                                        entry(JobKind.SWEEP, new SweepVault(retentions, servers)),
                                        entry(JobKind.PURGE, new PurgeServer(retentions, servers)),
                                        entry(JobKind.VERIFY, new VerifyBackup(workshop, tiers)),
                                        entry(
                                                JobKind.DRILL,
                                                new DrillRecipe(workshop, tiers.everywhere()))),
                                clock,
                                identities::job));
        BackupSchedule schedule =
                new BackupSchedule(vault, servers, jobs, runner, watches, identities, clock);
        watches.onHole(schedule::hole);
        // what an earlier service left goes on
        watchServers(servers, jobs, watches);
        runner.resume();
        schedule.start();
        keep(schedule);
        StorageRequests storage =
                new StorageRequests(
                        retentions,
                        tiers,
                        new UsageAccount(() -> Prices.read(home.prices())),
                        runner);
        SweepSchedule sweeps =
                new SweepSchedule(
                        jobs, () -> storage.sweep(Optional.empty(), Optional.empty()), clock);
        sweeps.start();
        keep(sweeps);
        // who asks for it
        listen(
                opened,
                tiers,
                servers,
                jobs,
                runner,
                watches,
                places,
                views,
                identities,
                wal,
                wishes,
                retentions,
                storage);
        doors.listening(port);
    }

    private void listen(
            VaultDoor.Opened opened,
            Tiers tiers,
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            Watches watches,
            Places places,
            ServerViews views,
            Identities identities,
            WalRequests wal,
            VaultWishes wishes,
            TierRetentions retentions,
            StorageRequests storage) {
        Vault vault = opened.vault();
        ServerRequests serverRequests =
                new ServerRequests(
                        servers,
                        jobs,
                        runner,
                        places,
                        views,
                        identities,
                        clock,
                        tiers.first().settings().redundancy());
        TierRequests tierRequests =
                new TierRequests(
                        vault,
                        tiers,
                        runner,
                        () -> new UUID(random.nextLong(), random.nextLong()),
                        wishes);
        tiers.start(() -> tierRequests.scrubWhenDue(jobs, clock.instant()));
        BackupRequests backups =
                new BackupRequests(tiers, servers, jobs, runner, identities, retentions);
        RestoreRequests restores =
                new RestoreRequests(
                        tiers, servers, runner, watches, places, serverRequests, identities, clock);
        DrillRequests drills =
                new DrillRequests(
                        servers,
                        jobs,
                        runner,
                        restores,
                        views,
                        watches,
                        places,
                        identities,
                        random);
        DrillSchedule drillSchedule = keep(new DrillSchedule(servers, drills, clock));
        drillSchedule.start();
        RestApi.Requests requests =
                new RestApi.Requests(
                        serverRequests,
                        backups,
                        restores,
                        new HistoryRequests(vault, servers, watches, views, clock),
                        new JobRequests(jobs, runner),
                        new KeyRequests(
                                vault,
                                opened.keys(),
                                runner,
                                address -> TokenKeyService.open(address, random)),
                        wal,
                        tierRequests,
                        new KeepRoutes.Requests(
                                new BackupActs(backups, servers, runner, retentions, clock),
                                new ServerUpdates(
                                        servers, runner, views, retentions, watches::adopt),
                                storage),
                        drills);
        byte[] secret = new byte[TOKEN_BYTES];
        random.nextBytes(secret);
        String token = HexFormat.of().formatHex(secret);
        Supplier<StatusView.VaultView> vaultView =
                () -> {
                    Optional<String> trouble = tiers.trouble();
                    return new StatusView.VaultView(
                            vault.id().toString(),
                            opened.path().toString(),
                            trouble.isEmpty() ? "Good" : "Degraded",
                            trouble.orElse(""));
                };
        RestApi listening =
                new RestApi(
                        token,
                        requests,
                        () ->
                                new StatusView(
                                        "running",
                                        ProcessHandle.current().pid(),
                                        VERSION,
                                        home.root().toString(),
                                        startedAt,
                                        vaultView.get(),
                                        serverRequests.titles(),
                                        jobs.unfinished().size()),
                        this::endLater,
                        new Metrics(() -> Measurements.of(servers, watches)));
        api = Optional.of(listening);
        port = listening.start(options.port());
        routes = listening.routes();
        // the file says "ready": it comes last, and goes first
        keep(() -> ServiceFile.remove(home));
        new ServiceFile(
                        ProcessHandle.current().pid(),
                        port,
                        token,
                        VERSION,
                        startedAt,
                        home.root().toString())
                .write(home);
        LOG.info("ready on 127.0.0.1:{}", port);
    }

    private void endListening() {
        api.ifPresent(RestApi::close);
    }

    /** What opens them is looked for where the places' own tools look for it. */
    static PlaceOpener places(InstantSource clock, SecureRandom random) {
        return new StoragePlaces(
                System.getenv(), Path.of(System.getProperty("user.home", "/")), clock, random);
    }

    /** What is to open the vault instead of a key file: a passphrase, or a key of a service. */
    private Optional<VaultKey> givenKey() {
        Optional<VaultKey> words = options.passphrase().map(passphrase -> passphrase);
        return words.or(() ->
                Optional.ofNullable(System.getenv(ServiceOptions.KEY_SERVICE_VARIABLE))
                        .filter(address -> !address.isEmpty())
                        .map(address -> keyInService(address, random)));
    }

    /** A key that stays where it is, and opens the vault from there. */
    static VaultKey keyInService(String address, SecureRandom random) {
        return new VaultKey.InService(TokenKeyService.open(address, random));
    }

    private void announce(VaultDoor.Opened opened) {
        if (opened.made()) {
            announcements.add("Made a new vault " + opened.vault().id() + " in " + opened.path());
            opened.keyFile()
                    .ifPresentOrElse(
                            file -> announcements.add("Its key is in " + file),
                            () -> announcements.add("Its key is the one you gave"));
        }
        opened.kit()
                .ifPresent(kit ->
                        announcements.add(
                                "Keep a copy of "
                                        + kit
                                        + " in a safe place away from this machine: with it"
                                        + " and the vault everything can be brought back,"
                                        + " without it nothing"));
    }

    /**
     * Servers the vault knows and the catalog does not: the catalog was lost, or never was here.
     */
    private static void adoptLostServers(Vault vault, ServerTable servers) {
        Set<ServerId> known = servers.all().stream().map(ServerRow::id).collect(Collectors.toSet());
        for (ServerId id : ServerArchive.all(vault)) {
            if (known.contains(id)) {
                continue;
            }
            try {
                Optional<ServerDocument> document = new ServerArchive(vault, id).document();
                document.ifPresent(found -> {
                    LOG.warn("server {} was not in the catalog: taken from the vault", id);
                    servers.adopt(ServerRow.of(found, Workshop.PORT));
                });
            } catch (Failure failure) {
                // the other servers have to be looked after
                LOG.error(
                        "server {} can't be taken from the vault: {} ({})",
                        id,
                        failure.message(),
                        failure.hint());
            }
        }
    }

    /** Servers that are to run are looked after; those being deleted are their job's. */
    private void watchServers(ServerTable servers, JobTable jobs, Watches watches) {
        List<Job> unfinished = jobs.unfinished();
        Set<ServerId> busy =
                unfinished.stream()
                        .filter(job -> job.kind() != JobKind.BACKUP)
                        .map(Job::server)
                        .collect(Collectors.toSet());
        for (ServerRow row : servers.all()) {
            if (row.wanted() == Wanted.MADE && !busy.contains(row.id())) {
                LOG.warn("{} was never made: its name is free again", row.title());
                servers.forget(row.id());
            }
            boolean here = Files.isDirectory(home.servers().resolve(row.id().toString()));
            if (row.wanted() == Wanted.RUNNING && !busy.contains(row.id()) && here) {
                try {
                    watches.watch(row);
                } catch (Failure failure) {
                    LOG.error("{} can't be looked after: {}", row.title(), failure.message());
                }
            }
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        synchronized (open) {
            open.push(part);
        }
        return part;
    }

    /** Where the REST API listens. */
    public int port() {
        return port;
    }

    List<RestApi.Route> routes() {
        return routes;
    }

    /** What the one who started it has to know: at the first start, what to keep safe. */
    public List<String> announcements() {
        return List.copyOf(announcements);
    }

    /** Ends the service from one of its own threads, when the answer is out. */
    private void endLater(boolean serversToo) {
        stopServers = serversToo;
        Thread.ofPlatform().name("end of the service").start(this::close);
    }

    /** Waits until the service has ended. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /**
     * Ends the service: running jobs cut short (they go on at the next start), no more requests,
     * captured WAL shipped. Managed servers go on running. No complaint if it has ended.
     */
    @Override
    public void close() {
        synchronized (open) {
            LOG.info("the service ends");
            while (!open.isEmpty()) {
                try {
                    open.pop().close();
                } catch (Exception e) {
                    LOG.warn("could not end everything", e);
                }
            }
        }
        ended.countDown();
    }
}
