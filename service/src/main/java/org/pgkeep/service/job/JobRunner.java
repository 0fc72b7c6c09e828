package org.pgkeep.service.job;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Catalog;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobId;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.document.Json;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps, starts and ends jobs. A job is in the catalog before it starts, and at most one job of a
 * server runs at a time, in the order they were asked for. Its lock guards what waits and what
 * runs; recipes run outside of it, each on a virtual thread of its own.
 */
public final class JobRunner implements AutoCloseable {
    /** Enough that a long restore holds nobody up, few enough that the disk is not thrashed. */
    public static final int RUNNING_MAX = 4;

    /** A job that takes the service down with it is given up after so many runs. */
    public static final int ATTEMPTS_MAX = 25;

    private static final Duration END_TIMEOUT = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private final Catalog catalog;
    private final JobTable table;
    private final Map<JobKind, Recipe> recipes;
    private final InstantSource clock;
    private final Supplier<JobId> ids;

    private final List<Job> waiting = new ArrayList<>();
    private final Map<ServerId, Running> running = new HashMap<>();
    private boolean open;

    private record Running(JobRun run, Thread thread) {}

    /**
     * A runner that runs nothing until {@link #resume}.
     *
     * @param recipes what each kind does
     * @param ids makes the ids of new jobs
     */
    public JobRunner(
            Catalog catalog,
            JobTable table,
            Map<JobKind, Recipe> recipes,
            InstantSource clock,
            Supplier<JobId> ids) {
        this.catalog = catalog;
        this.table = table;
        this.recipes = Map.copyOf(recipes);
        this.clock = clock;
        this.ids = ids;
    }

    /** Runs again what an earlier service did not bring to an end, and begins to take new jobs. */
    public void resume() {
        synchronized (this) {
            open = true;
            waiting.addAll(table.unfinished());
            waiting.forEach(
                    job -> LOG.info("{} of {} goes on", job.kind().text(), job.serverName()));
        }
        startWhatCan();
    }

    /** Takes a job. When this returns it will be done, even if the process ends at once. */
    public Job submit(Job.Order order) {
        return submit(order, handle -> {});
    }

    /**
     * Takes a job, together with another change of the catalog: both happen or neither.
     *
     * @throws Failure what {@code change} throws; then there is no job
     */
    public Job submit(Job.Order order, Consumer<Handle> change) {
        Job job = Job.pending(ids.get(), order, clock.instant());
        catalog.write(handle -> {
            change.accept(handle);
            table.add(handle, job);
            return job;
        });
        synchronized (this) {
            // a closed runner leaves it to the next service
            if (open) {
                waiting.add(job);
            }
        }
        startWhatCan();
        return job;
    }

    /**
     * Cancels a job: one that waits ends at once, one that runs is told to give up, and ends as
     * canceled once what it began is cleaned up. One that ends meanwhile ends as it does.
     *
     * @return whether it waited or ran
     */
    public boolean cancel(JobId id) {
        Optional<Job> waited = Optional.empty();
        synchronized (this) {
            waited = waiting.stream().filter(job -> job.id().equals(id)).findFirst();
            waited.ifPresent(waiting::remove);
            Optional<Running> runs =
                    running.values().stream()
                            .filter(each -> each.run().job().id().equals(id))
                            .findFirst();
            if (runs.isPresent()) {
                runs.get().run().cancel();
                runs.get().thread().interrupt();
                return true;
            }
        }
        if (waited.isPresent()) {
            Job job = waited.get();
            // what asking for it made goes, as after a failure
            undo(new JobRun(job, document -> {}, this::submit), job.kind().text());
            table.update(job.canceled(clock.instant()));
            synchronized (this) {
                notifyAll();
            }
        }
        return waited.isPresent();
    }

    /**
     * Pauses a job that runs, or lets it go on; one that is cut short by the end of the service is
     * not paused any more when it runs again.
     *
     * @return whether it runs
     */
    public synchronized boolean pause(JobId id, boolean now) {
        Optional<Running> runs =
                running.values().stream()
                        .filter(each -> each.run().job().id().equals(id))
                        .findFirst();
        runs.ifPresent(each -> each.run().pause(now));
        return runs.isPresent();
    }

    /** How far a job is that runs now. */
    public synchronized Optional<Progress> progress(JobId id) {
        return running.values().stream()
                .filter(each -> each.run().job().id().equals(id))
                .findFirst()
                .flatMap(each -> each.run().progress());
    }

    /** Waits until a job has come to its end; false if the time ran out before. */
    public boolean await(JobId id, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (this) {
            while (isUnfinished(id)) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        }
    }

    private boolean isUnfinished(JobId id) {
        return waiting.stream().anyMatch(job -> job.id().equals(id))
                || running.values().stream().anyMatch(each -> each.run().job().id().equals(id));
    }

    private synchronized void startWhatCan() {
        Iterator<Job> next = waiting.iterator();
        while (open && running.size() < RUNNING_MAX && next.hasNext()) {
            Job job = next.next();
            if (!running.containsKey(job.server())) {
                next.remove();
                start(job);
            }
        }
    }

    private void start(Job job) {
        Job started = job.started(clock.instant());
        JobRun run =
                new JobRun(
                        started,
                        document -> table.update(started.remembering(Json.line(document))),
                        this::submit);
        Thread thread =
                Thread.ofVirtual()
                        .name(job.kind().text() + " " + job.serverName())
                        .unstarted(() -> work(run));
        running.put(job.server(), new Running(run, thread));
        thread.start();
    }

    private void work(JobRun run) {
        Job job = run.job();
        try {
            table.update(job);
            end(run);
        } catch (RuntimeException e) {
            LOG.error("could not note the end of job {}: it runs again later", job.id(), e);
        } finally {
            synchronized (this) {
                running.remove(job.server());
                notifyAll();
            }
            startWhatCan();
        }
    }

    private void end(JobRun run) {
        Job job = run.job();
        String title = job.kind().text() + " of " + job.serverName();
        try {
            Object document = outcome(run);
            table.update(job.succeeded(Json.line(document), clock.instant()));
            LOG.info("{} succeeded", title);
        } catch (RuntimeException | Error thrown) {
            if (run.isCalledOff()) {
                LOG.info("{} was cut short: it runs again after the next start", title, thrown);
                return;
            }
            // an interrupt ends the work, not the tidying up behind it
            boolean interrupted = run.isCanceled() && Thread.interrupted();
            undo(run, title);
            if (run.isCanceled() && (interrupted || isInterruption(thrown))) {
                LOG.info("{} was canceled", title);
                table.update(job.canceled(clock.instant()));
                return;
            }
            if (thrown instanceof Failure failure) {
                LOG.warn("{} failed: {} ({})", title, failure.message(), failure.hint(), failure);
                table.update(job.failed(ErrorView.of(failure), clock.instant()));
            } else {
                LOG.error("{} failed by a defect", title, thrown);
                table.update(job.failed(ErrorView.ofDefect(thrown), clock.instant()));
            }
        }
    }

    private static boolean isInterruption(Throwable thrown) {
        return thrown instanceof Failure failure && failure.code() == Code.INTERRUPTED;
    }

    /** First the traces, then the end of the job: a crash in between cleans up again. */
    private void undo(JobRun run, String title) {
        try {
            recipe(run.job()).undo(run);
        } catch (RuntimeException e) {
            LOG.error("could not clean up after the failed {}", title, e);
        }
    }

    private Object outcome(JobRun run) {
        Job job = run.job();
        if (job.attempts() > ATTEMPTS_MAX) {
            throw new Failure(
                    Code.INTERRUPTED,
                    "the service ended " + ATTEMPTS_MAX + " times while this was being done",
                    "look at service.log in the home for what ends it, then ask for this again");
        }
        LOG.info("{} of {} starts, run {}", job.kind().text(), job.serverName(), job.attempts());
        return recipe(job).run(run);
    }

    private Recipe recipe(Job job) {
        Recipe recipe = recipes.get(job.kind());
        if (recipe == null) {
            throw new IllegalStateException("no recipe for " + job.kind());
        }
        return recipe;
    }

    /**
     * Takes nothing more and calls off what runs, for a bounded time. What does not come to its end
     * runs again after the next start.
     */
    @Override
    public void close() {
        List<Running> left;
        synchronized (this) {
            open = false;
            waiting.clear();
            left = List.copyOf(running.values());
        }
        left.forEach(each -> {
            each.run().callOff();
            each.thread().interrupt();
        });
        long end = System.nanoTime() + END_TIMEOUT.toNanos();
        for (Running each : left) {
            try {
                Duration rest = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
                if (!each.thread().join(rest)) {
                    LOG.warn("{} does not end", each.thread().getName());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
