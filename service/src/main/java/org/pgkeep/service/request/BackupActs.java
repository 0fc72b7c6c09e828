package org.pgkeep.service.request;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.document.BackupView;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.keep.TierRetentions;
import org.pgkeep.service.recipe.VerifyBackup;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;

/** What can be done with one backup that exists. */
public final class BackupActs {
    private final BackupRequests backups;
    private final Names names;
    private final JobRunner runner;
    private final TierRetentions retentions;
    private final InstantSource clock;

    public BackupActs(
            BackupRequests backups,
            ServerTable servers,
            JobRunner runner,
            TierRetentions retentions,
            InstantSource clock) {
        this.backups = backups;
        this.names = new Names(servers);
        this.runner = runner;
        this.retentions = retentions;
        this.clock = clock;
    }

    /**
     * One backup.
     *
     * @param backup its name or id
     * @throws Failure {@code UNKNOWN_SERVER}, {@code UNKNOWN_BACKUP}
     */
    public BackupView show(String server, String namespace, String backup) {
        List<BackupView> found =
                backups.list(server, namespace).stream()
                        .filter(each -> each.name().equals(backup) || each.id().equals(backup))
                        .toList();
        // of a name that failed and was taken again, the one that exists
        return found.stream()
                .filter(BackupActs::exists)
                .findFirst()
                .or(() -> found.stream().reduce((_, newer) -> newer))
                .orElseThrow(() ->
                        new Failure(
                                Code.UNKNOWN_BACKUP,
                                "server \"" + server + "\" has no backup \"" + backup + "\"",
                                "list them with: pgkeep backup list -n " + server));
    }

    private static boolean exists(BackupView backup) {
        return backup.state().equals(JobState.SUCCEEDED.text());
    }

    private BackupView existing(String server, String namespace, String backup) {
        BackupView found = show(server, namespace, backup);
        if (!exists(found)) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "backup \"" + found.name() + "\" is " + found.state(),
                    "only a backup that Succeeded is there; list them with: pgkeep backup list -n "
                            + server);
        }
        return found;
    }

    /**
     * Keeps a backup however old it gets, or gives it free.
     *
     * @param why for people; may be empty
     */
    public BackupView pin(
            String server, String namespace, String backup, boolean pinned, String why) {
        ServerRow row = names.server(server, namespace);
        BackupView found = existing(server, namespace, backup);
        SnapshotId id = SnapshotId.parse(found.id());
        // the first tier last: as long as it says the old, it can be asked for again
        for (int tier : found.tiers().reversed()) {
            new Pins(retentions.of(tier).vault(), row.id().archive())
                    .set(id, pinned, clock.instant(), why);
        }
        return show(server, namespace, found.id());
    }

    /**
     * Deletes a backup: it is gone from the lists when this returns. The sweep frees its bytes.
     *
     * @param tier the one tier from which it goes; empty for all of them
     * @throws Failure {@code UNKNOWN_SERVER}, {@code UNKNOWN_BACKUP}, {@code WRONG_STATE} if it is
     *     pinned, or is not in that tier; {@code STORE_UNAVAILABLE} if a tier is away, and then the
     *     first one still has it
     */
    public BackupView delete(
            String server, String namespace, String backup, Optional<Integer> tier) {
        ServerRow row = names.server(server, namespace);
        BackupView found = existing(server, namespace, backup);
        if (found.pinned()) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "backup \"" + found.name() + "\" is pinned",
                    "give it free first, with: pgkeep backup unpin -n "
                            + server
                            + " -bn "
                            + found.name());
        }
        tier.filter(number -> !found.tiers().contains(number))
                .ifPresent(number -> {
                    throw new Failure(
                            Code.WRONG_STATE,
                            "backup \"" + found.name() + "\" is not in tier " + number,
                            "it is in " + found.tiers());
                });
        Tombstone tombstone =
                new Tombstone(
                        row.id().archive(),
                        Optional.of(SnapshotId.parse(found.id())),
                        clock.instant(),
                        false,
                        "somebody deleted it");
        // in tiers that don't have it yet, too: it must not come there any more
        for (int number : tier.map(List::of).orElseGet(retentions::numbers).reversed()) {
            new Tombstones(retentions.of(number).vault()).bury(tombstone);
        }
        return found;
    }

    /** Reads a backup back. */
    public Job verify(String server, String namespace, String backup) {
        ServerRow row = names.server(server, namespace);
        BackupView found = existing(server, namespace, backup);
        return runner.submit(
                new Job.Order(
                        JobKind.VERIFY,
                        row.id(),
                        row.namespace(),
                        row.name(),
                        found.name(),
                        Json.line(
                                new VerifyBackup.Parameters(
                                        found.id(), found.name(), found.tiers().getFirst())),
                        Optional.empty(),
                        List.of()));
    }
}
