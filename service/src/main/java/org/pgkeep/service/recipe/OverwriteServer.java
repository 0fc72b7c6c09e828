package org.pgkeep.service.recipe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerConfiguration;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.wire.WireConnection;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.RestoreView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import tools.jackson.databind.JsonNode;

/**
 * Puts a restored server in the place of one that is there: its name, its port, its settings and
 * its firewall. What was there stays in the vault to its last byte, under its own ID.
 *
 * <p>The new server's document is the point of no return. Before it, the old server's files are
 * untouched, and a failure has it run again. Behind it the job goes on until the old files are
 * gone. The new server has an identity and an archive of its own: nothing is ever written into the
 * other's.
 */
public final class OverwriteServer implements Recipe {
    private final Workshop workshop;
    private final Tiers tiers;

    /** The recipe. */
    public OverwriteServer(Workshop workshop, Tiers tiers) {
        this.workshop = workshop;
        this.tiers = tiers;
    }

    @Override
    public Object run(JobRun run) {
        ServerRow old = workshop.row(run.job());
        OverwriteParameters asked = OverwriteParameters.of(run.job());
        ServerId id = ServerId.parse(asked.newId());
        JsonNode outcome;
        if (workshop.archive(id).document().isEmpty()) {
            outcome = restore(old, id, asked, run);
        } else {
            outcome = run.job().result().map(Json::read).orElseGet(Json::emptyObject);
        }
        ServerRow fresh = takePlace(old, id);
        run.phase("removing the files of before");
        if (Files.exists(workshop.places().root(old.id()))) {
            workshop.managed(old).removeRoot();
        }
        workshop.removeSpool(old.id());
        run.follow(
                Workshop.backupOrder(
                        fresh,
                        SnapshotId.parse(asked.restore().snapshotId()),
                        asked.restore().backupName()));
        return RestoreView.document(
                run.job().plan().map(Json::read).orElseGet(Json::emptyObject),
                outcome,
                workshop.views().of(fresh));
    }

    private JsonNode restore(ServerRow old, ServerId id, OverwriteParameters asked, JobRun run) {
        ServerId source = ServerId.parse(asked.restore().sourceId());
        Vault from = tiers.at(asked.restore().tier());
        int major = Workshop.document(from, source).version().major();
        ServerPlace place = workshop.places().at(id, major, old.port());
        ManagedServer server = new ManagedServer(place);
        // an earlier run's, which would hold the port
        server.removeRoot();
        RestorePlan plan = workshop.plan(from, source, asked.restore().target(), run);
        Restorer.refuseTooSmall(plan, workshop.places().servers());
        // the present state, while the server can still be asked for it
        CleanStop stop = new CleanStop(workshop, old);
        if (stop.isCaptured()) {
            workshop.backUp(old, SnapshotId.parse(asked.keepsId()), asked.keepsName(), run);
        }
        run.phase("stopping the server");
        stop.stop();
        RestoreOutcome done = new Restorer(from, workshop.clock()).restore(plan, place, run);
        openAsBefore(workshop.places().root(old.id()), server);
        JsonNode outcome = Json.tree(RestoreView.of(done));
        // the document makes the restore a fact for later runs, so what they need is kept before
        run.remember(outcome);
        workshop.archive(id)
                .write(
                        workshop.document(
                                row(old, id, plan.source().version().major()),
                                plan.source().systemIdentifier(),
                                plan.source().walSegmentBytes()));
        return outcome;
    }

    /** Clients find the door as it was; where that can't be had, as a new server has it. */
    private static void openAsBefore(Path oldRoot, ManagedServer server) {
        Path before = oldRoot.resolve("data/pg_hba.conf");
        String usual = ServerConfiguration.hbaConf(ServerConfiguration.Firewall.LOOPBACK);
        try (WireConnection connection =
                Sessions.open(server.place().socket(), ServerPlace.SUPERUSER, "pgkeep restore")) {
            String wanted = usual;
            if (Files.exists(before)) {
                wanted = Files.readString(before, StandardCharsets.UTF_8);
            }
            server.write("pg_hba.conf", wanted);
            boolean wrong =
                    !connection
                            .query("SELECT 1 FROM pg_hba_file_rules WHERE error IS NOT NULL")
                            .isEmpty();
            if (wrong) {
                server.write("pg_hba.conf", usual);
            }
            connection.query("SELECT pg_reload_conf()");
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "reading " + before + " failed: " + e.getMessage(),
                    "look at the disk, then ask again",
                    e);
        }
    }

    private ServerRow row(ServerRow old, ServerId id, int major) {
        Map<String, String> settings = new TreeMap<>(old.settings());
        // fenced as any restored server: it archives nothing, and streams
        settings.remove(ServerPlace.WAL_SETTING);
        return new ServerRow(
                id,
                old.namespace(),
                old.name(),
                workshop.places().ofMajor(major).version(),
                old.port(),
                Wanted.RUNNING,
                settings,
                workshop.clock().instant().truncatedTo(java.time.temporal.ChronoUnit.MICROS),
                Optional.empty());
    }

    /** From here on it only goes forward: the vault first, then the name, then the watch. */
    private ServerRow takePlace(ServerRow old, ServerId id) {
        ServerArchive gone = workshop.archive(old.id());
        Instant now = workshop.clock().instant();
        Optional<ServerDocument> document = gone.document();
        document.filter(living -> living.deletedAt().isEmpty())
                .ifPresent(living -> gone.write(living.deleted(now)));
        int major = workshop.archive(id).document().orElseThrow().version().major();
        ServerRow fresh = workshop.servers().replace(old.id(), now, row(old, id, major));
        ServerWatch _ = workshop.watches().watch(fresh);
        return fresh;
    }

    /** Before the point of no return the old server is as it was: it runs again. */
    @Override
    public void undo(JobRun run) {
        OverwriteParameters asked = OverwriteParameters.of(run.job());
        ServerId id = ServerId.parse(asked.newId());
        Optional<ServerRow> old = workshop.servers().byId(run.job().server());
        if (old.isEmpty()) {
            return;
        }
        Optional<ServerDocument> document = workshop.archive(id).document();
        if (document.isPresent()) {
            ServerRow _ = takePlace(old.get(), id);
            return;
        }
        new ManagedServer(workshop.places().at(id, old.get().version().major(), old.get().port()))
                .removeRootEvenIfInterrupted();
        if (old.get().wanted() == Wanted.RUNNING) {
            new CleanStop(workshop, old.get()).undo();
        }
    }
}
