package org.pgkeep.service.request;

import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.Progress;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobId;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.document.JobView;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.job.JobRunner;

/** What can be asked about jobs. */
public final class JobRequests {
    private final JobTable jobs;
    private final JobRunner runner;

    public JobRequests(JobTable jobs, JobRunner runner) {
        this.jobs = jobs;
        this.runner = runner;
    }

    /** All jobs, newest first. */
    public List<JobView> list() {
        return jobs.all().stream().map(this::view).toList();
    }

    /**
     * One job.
     *
     * @throws Failure {@code UNKNOWN_JOB}
     */
    public JobView show(String id) {
        try {
            Optional<Job> found = jobs.byId(JobId.parse(id));
            if (found.isPresent()) {
                return view(found.get());
            }
        } catch (IllegalArgumentException e) {
            throw unknown(id, e);
        }
        throw unknown(id, null);
    }

    /**
     * Cancels a job.
     *
     * @throws Failure {@code UNKNOWN_JOB}, {@code WRONG_STATE} if it has ended, or can't be left
     *     half-done
     */
    public JobView cancel(String id) {
        show(id);
        Job job = jobs.byId(JobId.parse(id)).orElseThrow(() -> unknown(id, null));
        boolean allowed =
                switch (job.kind()) {
                    case CREATE, BACKUP, RESTORE, OVERWRITE, SWEEP, VERIFY, RESEAL, SCRUB, DRILL ->
                            true;
                    case DELETE, PURGE -> false;
                };
        if (!allowed && !job.state().isFinal()) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "a " + job.kind().text() + " can't be canceled: it only goes forward",
                    "wait for its end with: pgkeep job follow " + id);
        }
        if (job.state().isFinal() || !runner.cancel(job.id())) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the job has ended already",
                    "see how with: pgkeep job show " + id);
        }
        return show(id);
    }

    /**
     * Pauses a backup that runs, or lets it go on.
     *
     * @throws Failure {@code UNKNOWN_JOB}, {@code WRONG_STATE} if it does not run, or takes no
     *     backup
     */
    public JobView pause(String id, boolean now) {
        show(id);
        Job job = jobs.byId(JobId.parse(id)).orElseThrow(() -> unknown(id, null));
        boolean allowed =
                switch (job.kind()) {
                    case BACKUP, CREATE -> true;
                    case RESTORE, OVERWRITE, SWEEP, VERIFY, RESEAL, SCRUB, DRILL, DELETE, PURGE ->
                            false;
                };
        if (!allowed) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "a " + job.kind().text() + " can't be paused: only backups can",
                    "wait for its end with: pgkeep job follow " + id);
        }
        if (!runner.pause(job.id(), now)) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "the job does not run now",
                    "see how it is with: pgkeep job show " + id);
        }
        return show(id);
    }

    private static Failure unknown(
            String id, @org.jspecify.annotations.Nullable IllegalArgumentException cause) {
        return new Failure(
                Code.UNKNOWN_JOB,
                "there is no job \"" + id + "\"",
                "list the jobs with: pgkeep job list",
                cause);
    }

    /** A job as a document. */
    public JobView view(Job job) {
        Optional<Progress> progress = runner.progress(job.id());
        return new JobView(
                job.id().toString(),
                job.kind().text(),
                job.state().text(),
                job.serverName(),
                job.namespace(),
                job.server().toString(),
                job.name(),
                progress.map(it ->
                        new JobView.ProgressView(it.phase(), it.doneBytes(), it.totalBytes())),
                job.attempts(),
                job.createdAt(),
                job.startedAt(),
                job.finishedAt(),
                job.error(),
                job.state() == JobState.SUCCEEDED ? job.result().map(Json::read) : Optional.empty(),
                job.plan().map(Json::read),
                job.notes());
    }
}
