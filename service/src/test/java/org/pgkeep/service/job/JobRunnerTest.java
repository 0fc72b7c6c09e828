package org.pgkeep.service.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Catalog;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobId;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobState;
import org.pgkeep.service.catalog.JobTable;

class JobRunnerTest {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir Path folder;
    private Catalog catalog;
    private JobTable table;

    @BeforeEach
    void open() {
        catalog = Catalog.open(folder.resolve("catalog.db"));
        table = new JobTable(catalog);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void aJobThatSucceedsLeavesItsDocument() throws Exception {
        try (JobRunner runner = running(run -> Map.of("made", run.job().name()))) {
            Job job = runner.submit(order(server()));
            assertThat(runner.await(job.id(), LONG)).isTrue();

            Job done = table.byId(job.id()).orElseThrow();
            assertThat(done.state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(done.result()).contains("{\"made\":\"b1\"}");
            assertThat(done.attempts()).isEqualTo(1);
            assertThat(done.finishedAt()).contains(NOW);
        }
    }

    @Test
    void aJobThatFailsSaysWhyAndIsUndone() throws Exception {
        List<JobId> undone = new ArrayList<>();
        Recipe failing =
                new Recipe() {
                    @Override
                    public Object run(JobRun run) {
                        throw new Failure(Code.NO_SPACE, "the disk is full", "tidy up");
                    }

                    @Override
                    public void undo(JobRun run) {
                        undone.add(run.job().id());
                    }
                };
        try (JobRunner runner = running(failing)) {
            Job job = runner.submit(order(server()));
            assertThat(runner.await(job.id(), LONG)).isTrue();

            Job done = table.byId(job.id()).orElseThrow();
            assertThat(done.state()).isEqualTo(JobState.FAILED);
            assertThat(done.error().orElseThrow().code()).isEqualTo("no-space");
            assertThat(done.error().orElseThrow().hint()).isEqualTo("tidy up");
            assertThat(undone).containsExactly(job.id());
        }
    }

    @Test
    void aDefectFailsTheJobAndNothingElse() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Recipe defective =
                run -> {
                    if (runs.getAndIncrement() == 0) {
                        throw new IllegalStateException("a bug");
                    }
                    return Map.of();
                };
        try (JobRunner runner = running(defective)) {
            ServerId server = server();
            Job first = runner.submit(order(server));
            Job second = runner.submit(order(server));
            assertThat(runner.await(first.id(), LONG)).isTrue();
            assertThat(runner.await(second.id(), LONG)).isTrue();

            assertThat(table.byId(first.id()).orElseThrow().error().orElseThrow().code())
                    .isEqualTo("internal");
            assertThat(table.byId(second.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
        }
    }

    @Test
    void aJobThatIsPausedGoesOnWhereItWasWhenItIsTold() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch pausedNow = new CountDownLatch(1);
        AtomicInteger steps = new AtomicInteger();
        Recipe stepping =
                run -> {
                    run.report(new Progress("walking", steps.incrementAndGet(), 2));
                    begun.countDown();
                    awaitQuietly(pausedNow);
                    run.report(new Progress("walking", steps.incrementAndGet(), 2));
                    return Map.of("steps", steps.get());
                };
        try (JobRunner runner = running(stepping)) {
            Job job = runner.submit(order(server()));
            begun.await();
            assertThat(runner.pause(job.id(), true)).isTrue();
            pausedNow.countDown();
            // it can't end: however long one waits, it stands at its second step
            assertThat(runner.await(job.id(), Duration.ofMillis(100))).isFalse();
            assertThat(runner.progress(job.id()).orElseThrow().phase())
                    .isEqualTo("paused, walking");
            assertThat(runner.pause(job.id(), false)).isTrue();
            assertThat(runner.await(job.id(), LONG)).isTrue();
            assertThat(table.byId(job.id()).orElseThrow().result()).contains("{\"steps\":2}");
            assertThat(runner.pause(job.id(), true)).isFalse();
        }
    }

    @Test
    void aJobThatIsPausedCanBeCanceled() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch pausedNow = new CountDownLatch(1);
        Recipe stepping =
                run -> {
                    begun.countDown();
                    awaitQuietly(pausedNow);
                    run.checkGoingOn();
                    return Map.of();
                };
        try (JobRunner runner = running(stepping)) {
            Job job = runner.submit(order(server()));
            begun.await();
            assertThat(runner.pause(job.id(), true)).isTrue();
            pausedNow.countDown();
            assertThat(runner.cancel(job.id())).isTrue();
            assertThat(runner.await(job.id(), LONG)).isTrue();
            assertThat(table.byId(job.id()).orElseThrow().state()).isEqualTo(JobState.CANCELED);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            // the runner looks at why itself
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aJobIsInTheCatalogBeforeItStarts() throws Exception {
        ConcurrentLinkedQueue<JobState> seen = new ConcurrentLinkedQueue<>();
        Recipe looking =
                run -> {
                    seen.add(table.byId(run.job().id()).orElseThrow().state());
                    return Map.of();
                };
        try (JobRunner runner = running(looking)) {
            Job job = runner.submit(order(server()));
            assertThat(runner.await(job.id(), LONG)).isTrue();
            assertThat(seen).containsExactly(JobState.RUNNING);
        }
    }

    @Test
    void twoJobsOfOneServerNeverRunAtTheSameTimeAndKeepTheirOrder() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ConcurrentLinkedQueue<String> order = new ConcurrentLinkedQueue<>();
        Recipe counting =
                run -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    order.add(run.job().name());
                    Thread.onSpinWait();
                    now.decrementAndGet();
                    return Map.of();
                };
        try (JobRunner runner = running(counting)) {
            ServerId server = server();
            List<Job> jobs = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                jobs.add(runner.submit(order(server, "b" + i)));
            }
            for (Job job : jobs) {
                assertThat(runner.await(job.id(), LONG)).isTrue();
            }
            assertThat(most).hasValue(1);
            assertThat(order).containsExactlyElementsOf(jobs.stream().map(Job::name).toList());
        }
    }

    @Test
    void jobsOfDifferentServersRunSideBySide() throws Exception {
        CyclicBarrier meeting = new CyclicBarrier(2);
        Recipe meet =
                run -> {
                    try {
                        return meeting.await(30, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        throw new IllegalStateException("the other job did not come", e);
                    }
                };
        try (JobRunner runner = running(meet)) {
            Job one = runner.submit(order(server()));
            Job other = runner.submit(order(server()));
            assertThat(runner.await(one.id(), LONG)).isTrue();
            assertThat(runner.await(other.id(), LONG)).isTrue();

            assertThat(table.byId(one.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(table.byId(other.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
        }
    }

    @Test
    void aJobWithoutAnEndRunsAgainAfterARestart() throws Exception {
        // what a killed service leaves: one job that was running, one that waited
        Job running = keep(order(server(), "was-running"), 1);
        Job waiting = keep(order(server(), "was-waiting"), 0);
        ConcurrentLinkedQueue<String> runs = new ConcurrentLinkedQueue<>();
        Recipe noting =
                run -> {
                    runs.add(run.job().name() + " repeated=" + run.isRepeated());
                    return Map.of();
                };
        try (JobRunner runner = running(noting)) {
            assertThat(runner.await(running.id(), LONG)).isTrue();
            assertThat(runner.await(waiting.id(), LONG)).isTrue();
        }

        assertThat(runs)
                .containsExactlyInAnyOrder(
                        "was-running repeated=true", "was-waiting repeated=false");
        assertThat(table.byId(running.id()).orElseThrow().attempts()).isEqualTo(2);
        assertThat(table.unfinished()).isEmpty();
    }

    @Test
    void aJobThatIsCutShortByTheEndOfTheServiceRunsAgain() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Job job;
        AtomicInteger undone = new AtomicInteger();
        Recipe endless =
                new Recipe() {
                    @Override
                    public Object run(JobRun run) {
                        begun.countDown();
                        while (true) {
                            run.report(new Progress("for ever", 0, 0));
                            Thread.onSpinWait();
                        }
                    }

                    @Override
                    public void undo(JobRun run) {
                        undone.incrementAndGet();
                    }
                };
        try (JobRunner runner = running(endless)) {
            job = runner.submit(order(server()));
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(runner.progress(job.id()).isPresent() || !table.unfinished().isEmpty())
                    .isTrue();
        }
        assertThat(table.byId(job.id()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
        assertThat(undone).hasValue(0);

        try (JobRunner next = running(run -> Map.of())) {
            assertThat(next.await(job.id(), LONG)).isTrue();
        }
        assertThat(table.byId(job.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aJobThatTakesTheServiceDownEveryTimeIsGivenUp() throws Exception {
        Job job = keep(order(server()), JobRunner.ATTEMPTS_MAX);
        try (JobRunner runner = running(run -> Map.of())) {
            assertThat(runner.await(job.id(), LONG)).isTrue();
        }

        assertThat(table.byId(job.id()).orElseThrow().state()).isEqualTo(JobState.FAILED);
    }

    private JobRunner running(Recipe recipe) {
        JobRunner runner =
                new JobRunner(
                        catalog,
                        table,
                        Map.of(JobKind.BACKUP, recipe),
                        () -> NOW,
                        () -> new JobId(UUID.randomUUID()));
        runner.resume();
        return runner;
    }

    private Job keep(Job.Order order, int attempts) {
        Job job = Job.pending(new JobId(UUID.randomUUID()), order, NOW);
        catalog.write(handle -> {
            table.add(handle, job);
            return job;
        });
        Job started = job;
        for (int i = 0; i < attempts; i++) {
            started = started.started(NOW);
        }
        table.update(started);
        return started;
    }

    private static ServerId server() {
        return new ServerId(UUID.randomUUID());
    }

    private static Job.Order order(ServerId server) {
        return order(server, "b1");
    }

    private static Job.Order order(ServerId server, String name) {
        return new Job.Order(
                JobKind.BACKUP, server, "default", "pg1", name, "{}", Optional.empty(), List.of());
    }
}
