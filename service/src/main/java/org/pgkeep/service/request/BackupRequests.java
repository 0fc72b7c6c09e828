package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgkeep.engine.MapDefect;
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
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.service.recipe.BackupParameters;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.tier.Tiers;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.sweep.Pins;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What can be asked about backups. */
public final class BackupRequests {
    private static final Logger LOG = LoggerFactory.getLogger(BackupRequests.class);

    private final Tiers tiers;
    private final JobTable jobs;
    private final JobRunner runner;
    private final Names names;
    private final Identities identities;
    private final TierRetentions retentions;

    public BackupRequests(
            Tiers tiers,
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            Identities identities,
            TierRetentions retentions) {
        this.retentions = retentions;
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
     * @param how how it is read
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE}, {@code NAME_TAKEN}, {@code
     *     BAD_ARGUMENT}
     */
    public Job take(
            String nameOrId, String namespace, Optional<String> name, BackupParameters.How how) {
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
        return runner.submit(Workshop.backupOrder(row, identities.backup(), chosen, how));
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
        Map<String, List<Integer>> holding = holding(row);
        Set<String> there = new HashSet<>();
        Map<SnapshotId, Pins.Pin> pins = new Pins(tiers.reading(), row.id().archive()).all();
        Optional<Expiry> expiry = expiry(row);
        ServerArchive archive = new ServerArchive(tiers.reading(), row.id());
        List<MapDefect> defects = archive.mapDefects();
        for (SnapshotInfo snapshot : archive.snapshots()) {
            String id = snapshot.id().toString();
            there.add(id);
            List<Integer> in = new ArrayList<>(List.of(1));
            in.addAll(holding.getOrDefault(id, List.of()));
            String kept =
                    expiry.flatMap(it -> it.of(snapshot.id())).map(Verdict::reason).orElse("");
            String noticed = MapDefect.noticedBy(snapshot.id(), defects);
            String between = noticed.isEmpty() || kept.isEmpty() ? "" : "; ";
            String reason = noticed + between + kept;
            views.add(BackupView.of(snapshot, pins.containsKey(snapshot.id()), reason).in(in));
        }
        addFromLaterTiers(row, holding, there, views);
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

    /** Why backups stay; nothing while the vault's places can't tell for certain. */
    private Optional<Expiry> expiry(ServerRow row) {
        try {
            return retentions.first().expiry(row.id());
        } catch (Failure away) {
            if (away.code() != Code.STORE_UNAVAILABLE) {
                throw away;
            }
            LOG.warn("it can't be told why backups are kept: {}", away.message());
            return Optional.empty();
        }
    }

    /**
     * Which later tiers have a backup: by their last comparison, and by what they list now. Of a
     * tier that is away, what the comparison said.
     */
    private Map<String, List<Integer>> holding(ServerRow row) {
        Map<String, List<Integer>> holding = new HashMap<>();
        for (int i = 0; i < tiers.later().size(); i++) {
            Tiers.Later tier = tiers.later().get(i);
            Set<String> compared = tier.compared(row.id().archive());
            try {
                Set<String> listed = new HashSet<>();
                tier.open()
                        .archive(row.id().archive())
                        .snapshotIds()
                        .forEach(id -> listed.add(id.toString()));
                compared.retainAll(listed);
            } catch (Failure away) {
                LOG.warn("{}: {}", tier.tier().store().location(), away.message());
            }
            int number = i + 2;
            compared.forEach(id -> holding.computeIfAbsent(id, _ -> new ArrayList<>()).add(number));
        }
        return holding;
    }

    /** Backups that the first tier does not have any more. */
    private void addFromLaterTiers(
            ServerRow row,
            Map<String, List<Integer>> holding,
            Set<String> there,
            List<BackupView> views) {
        if (there.containsAll(holding.keySet())) {
            return;
        }
        for (int number : retentions.numbers()) {
            try {
                if (number > 1) {
                    addFrom(retentions.of(number), row, holding, there, views);
                }
            } catch (Failure away) {
                LOG.warn("tier {}: {}", number, away.message());
            }
        }
    }

    private static void addFrom(
            Retention tier,
            ServerRow row,
            Map<String, List<Integer>> holding,
            Set<String> there,
            List<BackupView> views) {
        Optional<Expiry> expiry = Optional.empty();
        Map<SnapshotId, Pins.Pin> pins = Map.of();
        for (SnapshotInfo snapshot : new ServerArchive(tier.vault(), row.id()).snapshots()) {
            String id = snapshot.id().toString();
            if (!holding.getOrDefault(id, List.of()).contains(tier.tier()) || !there.add(id)) {
                continue;
            }
            if (expiry.isEmpty()) {
                expiry = tier.expiry(row.id());
                pins = tier.pins(row.id());
            }
            String kept =
                    expiry.flatMap(it -> it.of(snapshot.id())).map(Verdict::reason).orElse("");
            views.add(
                    BackupView.of(snapshot, pins.containsKey(snapshot.id()), kept)
                            .in(holding.getOrDefault(id, List.of())));
        }
    }
}
