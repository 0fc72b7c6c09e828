package org.pgkeep.service.recipe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.Capture;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.RestorePlanner;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.snapshot.Snapshotter;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.BackupView;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.Places;
import org.pgkeep.service.server.ServerViews;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.Watches;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;

/**
 * What the recipes work with, and the steps that several of them have in common.
 *
 * @param vault where the archives are
 * @param clock the time
 * @param servers what is wanted
 * @param places where servers live
 * @param watches who looks after them
 * @param views how they are shown
 */
public record Workshop(
        Vault vault,
        InstantSource clock,
        ServerTable servers,
        Places places,
        Watches watches,
        ServerViews views) {

    /** A server that was down may have to recover before its WAL can be received. */
    static final Duration STREAMING_AT_MOST = Duration.ofMinutes(5);

    /** The setting that tells how many MB a second a server's backups read at most; or off. */
    public static final String BACKUP_RATE = "backupRate";

    /** As fast as it goes. */
    public static final String NO_RATE = "off";

    /** The settings' key under which a server's document keeps its port. */
    public static final String PORT = "port";

    /** The catalog's row of the server that a job works on. */
    ServerRow row(Job job) {
        return servers.byId(job.server())
                .orElseThrow(() ->
                        new Failure(
                                Code.UNKNOWN_SERVER,
                                "there is no server " + job.server() + " any more",
                                "list the servers with: pgkeep server list"));
    }

    /** What the vault keeps of a server. */
    ServerArchive archive(ServerId id) {
        return new ServerArchive(vault, id);
    }

    /**
     * What a vault knows of a server that is to be restored.
     *
     * @throws Failure MISSING_OBJECT
     */
    public static ServerDocument document(Vault from, ServerId source) {
        return new ServerArchive(from, source)
                .document()
                .orElseThrow(() -> noDocument(source.toString()));
    }

    /**
     * Plans a restore once more, to where its order says.
     *
     * @param target see {@link Targets}
     * @throws Failure as {@link RestorePlanner#plan}
     */
    public RestorePlan plan(Vault from, ServerId source, String target, JobRun run) {
        run.phase("planning");
        return new RestorePlanner(from, clock)
                .plan(
                        source,
                        Targets.read(target),
                        watches.find(source).map(ServerWatch::health).flatMap(Health::heldThrough));
    }

    /** The server at its place. */
    ManagedServer managed(ServerRow row) {
        return new ManagedServer(places.of(row));
    }

    /** What the vault is to know of a server. */
    ServerDocument document(ServerRow row, String systemIdentifier, int walSegmentBytes) {
        Map<String, String> settings = new TreeMap<>(row.settings());
        settings.put(PORT, Integer.toString(row.port()));
        return new ServerDocument(
                row.id(),
                row.namespace(),
                row.name(),
                places.ofMajor(row.version().major()).version(),
                systemIdentifier,
                walSegmentBytes,
                row.createdAt(),
                Optional.empty(),
                settings);
    }

    /** Takes a backup of a watched server; does nothing when it exists already. */
    BackupView backUp(ServerRow row, SnapshotId id, String name, JobRun run) {
        return backUp(row, id, name, BackupParameters.How.AS_EVER, run);
    }

    /** The same, read in a certain way. */
    BackupView backUp(
            ServerRow row, SnapshotId id, String name, BackupParameters.How how, JobRun run) {
        ServerArchive archive = archive(row.id());
        ServerWatch watch = watches.watch(row);
        run.phase("waiting for the WAL");
        // the slot keeps the WAL before the first page is read
        Capture _ = watch.awaitStreaming(STREAMING_AT_MOST);
        if (archive.document().isEmpty()) {
            // it was restored while the vault could only be read: its archive begins now
            ControlFile control = managed(row).controlFile();
            archive.write(
                    document(
                            row,
                            Long.toUnsignedString(control.systemIdentifier()),
                            control.walSegmentBytes()));
        }
        ServerDocument document = archive.document().orElseThrow(() -> noDocument(row.title()));
        Snapshotter usual =
                new Snapshotter(vault, clock)
                        .resuming(places.unfinished(row.id()))
                        .notFasterThan(bytesPerSecond(row, how));
        return BackupView.of(
                (how.whole() ? usual.comparing() : usual)
                        .take(watch.place().server(), document, id, name, watch.heldWal(), run));
    }

    private static long bytesPerSecond(ServerRow row, BackupParameters.How how) {
        String setting = row.settings().getOrDefault(BACKUP_RATE, NO_RATE);
        int megabytes =
                how.megabytesPerSecond()
                        .orElseGet(() -> setting.equals(NO_RATE) ? 0 : Integer.parseInt(setting));
        return megabytes * 1_000_000L;
    }

    private static Failure noDocument(String server) {
        return new Failure(
                Code.MISSING_OBJECT,
                "the vault has no document of server " + server,
                "this is not the vault it was made with");
    }

    /** Removes the WAL on its way into the vault, and the notes of a backup cut short. */
    void removeSpool(ServerId id) {
        Path spool = places.spool(id);
        try {
            Files.deleteIfExists(places.unfinished(id));
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "can't remove " + places.unfinished(id) + ": " + e,
                    "look at its permissions",
                    e);
        }
        if (!Files.exists(spool)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(spool)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new Failure(
                    Code.DISK, "can't remove " + spool + ": " + e, "look at its permissions", e);
        }
    }

    /** Takes away what a failed job made of a new server, and then its name. */
    void removeMade(Job job) {
        Optional<ServerRow> row = servers.byId(job.server());
        if (row.isEmpty()) {
            return;
        }
        try {
            Optional<ServerWatch> _ = watches.release(job.server(), false);
            managed(row.get()).removeRoot();
            removeSpool(job.server());
            ServerArchive archive = archive(job.server());
            archive.document()
                    .filter(document -> document.deletedAt().isEmpty())
                    .ifPresent(document -> archive.write(document.deleted(clock.instant())));
        } finally {
            servers.forget(job.server());
        }
    }

    /** The order for a backup. */
    public static Job.Order backupOrder(ServerRow row, SnapshotId id, String name) {
        return backupOrder(row, id, name, BackupParameters.How.AS_EVER);
    }

    /** The order for a backup that is read in a certain way. */
    public static Job.Order backupOrder(
            ServerRow row, SnapshotId id, String name, BackupParameters.How how) {
        return new Job.Order(
                JobKind.BACKUP,
                row.id(),
                row.namespace(),
                row.name(),
                name,
                Json.line(new BackupParameters(id.toString(), name, Optional.of(how))),
                Optional.empty(),
                List.of());
    }
}
