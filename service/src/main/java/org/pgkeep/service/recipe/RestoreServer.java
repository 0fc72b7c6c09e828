package org.pgkeep.service.recipe;

import java.util.Optional;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.RestoreView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Makes a new server from an archive. */
public final class RestoreServer implements Recipe {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreServer.class);

    private final Workshop workshop;
    private final Tiers tiers;

    /** The recipe. */
    public RestoreServer(Workshop workshop, Tiers tiers) {
        this.workshop = workshop;
        this.tiers = tiers;
    }

    @Override
    public Object run(JobRun run) {
        ServerRow row = workshop.row(run.job());
        RestoreParameters asked = RestoreParameters.of(run.job());
        ServerArchive archive = workshop.archive(row.id());
        JsonNode outcome;
        if (archive.document().isEmpty()) {
            // a directory without a document is half-made: it is wiped and made again
            workshop.managed(row).removeRoot();
            outcome = restore(row, asked, archive, run);
        } else {
            outcome = run.job().result().map(Json::read).orElseGet(Json::emptyObject);
        }
        // it has an archive of its own from its first byte: its WAL is captured
        workshop.servers().want(row.id(), Wanted.RUNNING);
        workshop.watches().watch(row);
        // its own first backup follows at once
        run.follow(
                Workshop.backupOrder(
                        row, SnapshotId.parse(asked.snapshotId()), asked.backupName()));
        return RestoreView.document(
                run.job().plan().map(Json::read).orElseGet(Json::emptyObject),
                outcome,
                workshop.views().of(workshop.row(run.job())));
    }

    private JsonNode restore(
            ServerRow row, RestoreParameters asked, ServerArchive archive, JobRun run) {
        ServerId source = ServerId.parse(asked.sourceId());
        Vault from = tiers.at(asked.tier());
        RestorePlan plan = workshop.plan(from, source, asked.target(), run);
        ManagedServer server = workshop.managed(row);
        RestoreOutcome done =
                new Restorer(from, workshop.clock()).restore(plan, server.place(), run);
        JsonNode outcome = Json.tree(RestoreView.of(done));
        // the document makes the restore a fact for later runs, so what they need is kept before
        run.remember(outcome);
        try {
            archive.write(
                    workshop.document(
                            row,
                            plan.source().systemIdentifier(),
                            plan.source().walSegmentBytes()));
        } catch (Failure failure) {
            if (failure.code() != Code.STORE_UNAVAILABLE) {
                throw failure;
            }
            // whoever restores while the vault can only be read needs the server now
            LOG.warn(
                    "{} runs; its own archive begins when the vault can be written again: {}",
                    row.title(),
                    failure.message());
        }
        return outcome;
    }

    @Override
    public void undo(JobRun run) {
        Optional<ServerRow> row = workshop.servers().byId(run.job().server());
        // once its document is written the server is whole, and whatever failed is not its fault
        if (row.isPresent() && workshop.archive(row.get().id()).document().isEmpty()) {
            workshop.removeMade(run.job());
        }
    }
}
