package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.expire.Expiry;
import org.pgkeep.engine.expire.Verdict;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.document.BackupView;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.Retention;
import org.pgkeep.service.recipe.BackupParameters;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.sweep.Pins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What can be asked about backups. */
public final class BackupRequests {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRequests.class);

    private final Vault vault;
    private final Tiers tiers;
    private final JobTable jobs;
    private final JobRunner runner;
    private final Names names;
    private final Identities identities;
    private final Retention retention;

    public BackupRequests(
            Vault vault,
            Tiers tiers,
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            Identities identities,
            Retention retention) {
        this.retention = retention;
        this.vault = vault;
        this.tiers = tiers;
        this.jobs = jobs;
        this.runner = runner;
        this.names = new Names(servers);
        this.identities = identities;
    }

    /**
     * Takes a backup.
     *
     * @param name its name; empty for one made of the time
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE}, {@code NAME_TAKEN}, {@code
     *     BAD_ARGUMENT}
     */
    public Job take(String nameOrId, String namespace, Optional<String> name) {
        ServerRow row = names.livingServer(nameOrId, namespace);
        if (row.wanted() != Wanted.RUNNING) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server \"" + row.title() + "\" is not running yet",
                    "look at it with: pgkeep server show -n " + row.name());
        }
        String chosen = name.map(Names::checkedBackup).orElseGet(identities::manualBackup);
        list(row).stream()
                .filter(backup -> backup.name().equals(chosen))
                .filter(backup -> !backup.state().equals(JobState.FAILED.text()))
                .findFirst()
                .ifPresent(backup -> {
                    throw new Failure(
                            Code.NAME_TAKEN,
                            "server \""
                                    + row.title()
                                    + "\" has a backup \""
                                    + chosen
                                    + "\" already",
                            "choose another name, or leave it out");
                });
        return runner.submit(Workshop.backupOrder(row, identities.backup(), chosen));
    }

    /**
     * The backups of a server, oldest first: those in the vault, and those under way or failed.
     *
     * @throws Failure {@code UNKNOWN_SERVER}
     */
    public List<BackupView> list(String nameOrId, String namespace) {
        return list(names.server(nameOrId, namespace));
    }

    private List<BackupView> list(ServerRow row) {
        // jobs first: one that ends in between is then in the vault
        List<Job> taking =
                jobs.of(row.id()).stream()
                        .filter(job ->
                                job.kind() == JobKind.BACKUP
                                        || (job.kind() == JobKind.CREATE && !job.state().isFinal()))
                        .toList();
        List<BackupView> views = new ArrayList<>();
        Set<String> there = new HashSet<>();
        Map<SnapshotId, Pins.Pin> pins = retention.pins(row.id());
        Optional<Expiry> expiry = retention.expiry(row.id());
        for (SnapshotInfo snapshot : new ServerArchive(vault, row.id()).snapshots()) {
            there.add(snapshot.id().toString());
            List<Integer> in = tiers.holding(row.id().toString(), snapshot.id().toString(), true);
            String kept =
                    expiry.flatMap(it -> it.of(snapshot.id())).map(Verdict::reason).orElse("");
            views.add(BackupView.of(snapshot, pins.containsKey(snapshot.id()), kept).in(in));
        }
        addFromLaterTiers(row, there, views);
        for (Job job : taking) {
            BackupParameters backup = BackupParameters.of(job);
            if (!there.contains(backup.snapshotId()) && job.state() != JobState.SUCCEEDED) {
                views.add(
                        BackupView.unfinished(
                                backup.snapshotId(),
                                backup.name(),
                                job.state().text(),
                                job.createdAt(),
                                job.error().map(ErrorView::message).orElse("")));
            }
        }
        views.sort(Comparator.comparing(BackupView::timestamp));
        return views;
    }

    /** Backups that the first tier does not have any more. */
    private void addFromLaterTiers(ServerRow row, Set<String> there, List<BackupView> views) {
        for (Tiers.Later tier : tiers.later()) {
            try {
                for (SnapshotInfo snapshot : new ServerArchive(tier.open(), row.id()).snapshots()) {
                    if (there.add(snapshot.id().toString())) {
                        views.add(
                                BackupView.of(snapshot)
                                        .in(
                                                tiers.holding(
                                                        row.id().toString(),
                                                        snapshot.id().toString(),
                                                        false)));
                    }
                }
            } catch (Failure away) {
                LOG.warn("{}: {}", tier.tier().store().location(), away.message());
            }
        }
    }
}
