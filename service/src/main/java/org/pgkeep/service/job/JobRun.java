package org.pgkeep.service.job;

import java.util.Optional;
import java.util.function.Consumer;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;

/**
 * One run of a job, as its recipe sees it. The progress may be reported and read by any thread; the
 * rest belongs to the thread that runs the recipe.
 */
public final class JobRun implements ProgressListener {
    private final Job job;
    private volatile Optional<Progress> progress = Optional.empty();
    private volatile boolean calledOff;
    private volatile boolean canceled;

    /** Guarded by the monitor when it changes, and when one waits for that. */
    private volatile boolean paused;

    private final Consumer<Object> memory;
    private final Consumer<Job.Order> followers;

    /**
     * A run.
     *
     * @param memory keeps a document as the job's result for later runs
     * @param followers takes orders for more jobs
     */
    JobRun(Job job, Consumer<Object> memory, Consumer<Job.Order> followers) {
        this.job = job;
        this.memory = memory;
        this.followers = followers;
    }

    /** The job, as it was when this run started. */
    public Job job() {
        return job;
    }

    /** Whether an earlier run of the job was cut short, and may have left something half-made. */
    public boolean isRepeated() {
        return job.attempts() > 1;
    }

    /**
     * Notes how far the work is.
     *
     * @throws Failure {@code INTERRUPTED} when the service ends: the engine gives up then
     */
    @Override
    public void report(Progress now) {
        progress = Optional.of(now);
        checkGoingOn();
    }

    /** Keeps a document: later runs of this job, if there are any, find it as its result. */
    public void remember(Object document) {
        memory.accept(document);
    }

    /** Orders another job; one of the same server starts when this one has come to its end. */
    public void follow(Job.Order order) {
        followers.accept(order);
    }

    /** Notes that a phase without figures begins. */
    public void phase(String phase) {
        report(new Progress(phase, 0, 0));
    }

    /**
     * Waits while the job is paused, and gives up when the service ends.
     *
     * @throws Failure {@code INTERRUPTED}
     */
    public void checkGoingOn() {
        if (paused) {
            awaitGoingOn();
        }
        if (canceled) {
            throw new Failure(
                    Code.INTERRUPTED, "the job was canceled", "ask for it again if it is wanted");
        }
        if (calledOff) {
            throw new Failure(
                    Code.INTERRUPTED,
                    "the service ends",
                    "start it again with: pgkeep up; the job then starts again by itself");
        }
    }

    private synchronized void awaitGoingOn() {
        while (paused && !canceled && !calledOff) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new Failure(
                        Code.INTERRUPTED,
                        "the job was ended while it was paused",
                        "ask for it again if it is wanted",
                        e);
            }
        }
    }

    /** Whether the service ends: what is thrown now says nothing about the work. */
    public boolean isCalledOff() {
        return calledOff;
    }

    Optional<Progress> progress() {
        return paused
                ? progress.map(it ->
                        new Progress("paused, " + it.phase(), it.doneBytes(), it.totalBytes()))
                : progress;
    }

    /** Makes the job wait at its next report, or go on. */
    synchronized void pause(boolean now) {
        paused = now;
        notifyAll();
    }

    /** Whether somebody canceled the job. */
    public boolean isCanceled() {
        return canceled;
    }

    synchronized void cancel() {
        canceled = true;
        notifyAll();
    }

    synchronized void callOff() {
        calledOff = true;
        notifyAll();
    }
}
