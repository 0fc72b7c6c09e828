package org.pgkeep.service.request;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.service.job.Rounds;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.schedule.BackupTimes;
import org.pgkeep.service.server.Health;
import org.pgkeep.service.server.ServerWatch;
import org.pgkeep.service.server.Watches;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for backups by itself: when a server's settings say so ({@link BackupTimes}), and at once
 * after a hole in its WAL. It looks every half minute at what there is, so a backup that was missed
 * while the service was down is caught up, and two are never asked for at once.
 */
public final class BackupSchedule implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

    /** After a failure the next try waits a little, whatever the interval is. */
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(BackupSchedule.class);

    private final Vault vault;
    private final ServerTable servers;
    private final JobTable jobs;
    private final JobRunner runner;
    private final Identities identities;
    private final InstantSource clock;
    private final Watches watches;
    private final Set<ServerId> holed = ConcurrentHashMap.newKeySet();

    /** Servers whose present was found to be restorable since this service started. */
    private final Set<ServerId> whole = ConcurrentHashMap.newKeySet();

    private final BackupAges ages;
    private final Rounds rounds;

    public BackupSchedule(
            Vault vault,
            ServerTable servers,
            JobTable jobs,
            JobRunner runner,
            Watches watches,
            Identities identities,
            InstantSource clock) {
        this.vault = vault;
        this.servers = servers;
        this.jobs = jobs;
        this.runner = runner;
        this.watches = watches;
        this.identities = identities;
        this.clock = clock;
        this.ages =
                new BackupAges(
                        id ->
                                new ServerArchive(vault, id)
                                        .snapshots().stream()
                                                .map(SnapshotInfo::startedAt)
                                                .max(Comparator.naturalOrder()),
                        clock);
        this.rounds = new Rounds("backup schedule", LOOK_EVERY, true, this::lookAtAll);
    }

    /** Begins to look. */
    public void start() {
        rounds.start();
    }

    /** A server's WAL has a hole: only a new backup makes its present restorable again. */
    public void hole(ServerId id) {
        holed.add(id);
        Thread.ofVirtual().name("backup after a hole").start(this::lookAtAll);
    }

    private synchronized void lookAtAll() {
        for (ServerRow row : servers.all()) {
            if (row.wanted() == Wanted.RUNNING) {
                try {
                    look(row);
                } catch (Failure failure) {
                    LOG.warn("schedule of {}: {}", row.title(), failure.message());
                } catch (RuntimeException defect) {
                    LOG.error("schedule of {}", row.title(), defect);
                }
            }
        }
    }

    private void look(ServerRow row) {
        boolean busy = jobs.of(row.id()).stream().anyMatch(job -> !job.state().isFinal());
        if (busy) {
            return;
        }
        boolean asked = holed.remove(row.id());
        if (asked || isDue(row)) {
            runner.submit(
                    Workshop.backupOrder(row, identities.backup(), identities.automaticBackup()));
        }
    }

    private boolean isDue(ServerRow row) {
        Instant now = clock.instant();
        Optional<Job> newestTry =
                jobs.of(row.id()).stream()
                        .filter(job -> job.kind() == JobKind.BACKUP)
                        .reduce((older, newer) -> newer);
        boolean justFailed =
                newestTry
                        .filter(job -> job.state() == JobState.FAILED)
                        .flatMap(Job::finishedAt)
                        .filter(at -> at.plus(AFTER_FAILURE).isAfter(now))
                        .isPresent();
        if (justFailed) {
            return false;
        }
        BackupTimes times = BackupTimes.of(row.settings());
        // a hole is urgent at any hour
        return (!times.isAvoided(now) && ages.isDue(row.id(), began -> times.isDue(began, now)))
                || hasForgottenHole(row);
    }

    /**
     * Whether no range leads to the WAL that is captured now: an earlier service met a hole and
     * ended before its backup was taken.
     */
    private boolean hasForgottenHole(ServerRow row) {
        if (whole.contains(row.id())) {
            return false;
        }
        Optional<CaptureFigures> figures =
                watches.find(row.id())
                        .map(ServerWatch::health)
                        .flatMap(Health::figures)
                        .filter(known -> known.heldThrough().isPresent());
        if (figures.isEmpty()) {
            return false;
        }
        Lsn held = figures.get().heldLsn();
        boolean reached =
                new Ranges(new ServerArchive(vault, row.id()), Optional.empty())
                        .ofNewest().stream().anyMatch(range -> !range.toLsn().isBefore(held));
        if (reached) {
            whole.add(row.id());
        }
        return !reached;
    }

    /** Ends the looking. */
    @Override
    public void close() {
        rounds.close();
    }
}
