package org.pgkeep.service.keep;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.job.Rounds;

/**
 * Has the vault swept from time to time. One that was missed while the service was down is caught
 * up; after a failure the next one waits as long as after a success.
 */
public final class SweepSchedule implements AutoCloseable {
    /** Four looks a day: the clock of the sweep may run at twice its speed and lose nothing. */
    public static final Duration EVERY = Duration.ofHours(6);

    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);

    private final JobTable jobs;
    private final Runnable order;
    private final InstantSource clock;
    private final Rounds rounds;

    /**
     * A schedule.
     *
     * @param order asks for a sweep
     */
    public SweepSchedule(JobTable jobs, Runnable order, InstantSource clock) {
        this.jobs = jobs;
        this.order = order;
        this.clock = clock;
        // the first look comes later than the start: there is enough to do then
        this.rounds = new Rounds("sweep schedule", LOOK_EVERY, false, this::look);
    }

    /** Begins to look. */
    public void start() {
        rounds.start();
    }

    private void look() {
        if (isDue(jobs, clock.instant())) {
            order.run();
        }
    }

    /** Whether the newest sweep is long ago. */
    static boolean isDue(JobTable jobs, Instant now) {
        Optional<Job> newest =
                jobs.all().stream().filter(job -> job.kind() == JobKind.SWEEP).findFirst();
        return newest.isEmpty()
                || (newest.get().state().isFinal()
                        && !newest.get().createdAt().plus(EVERY).isAfter(now));
    }

    /** Ends the looking. */
    @Override
    public void close() {
        rounds.close();
    }
}
