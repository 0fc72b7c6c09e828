package org.pgkeep.cli.face;

import java.time.Duration;
import java.util.function.Supplier;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.ProgressLine;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Follows a job to its end. The work is the service's: leaving the watch, by Ctrl-C too, leaves the
 * job alone. One thread, and the hook that says so when the process is interrupted.
 */
public final class JobWatch {
    /** Short enough that a small job seems to end at once, long enough to cost nothing. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(150);

    private final Face face;
    private final ServiceClient service;

    /** A watch over the jobs of this service. */
    public JobWatch(Face face, ServiceClient service) {
        this.face = face;
        this.service = service;
    }

    /**
     * Ends a command that started a job: without {@code --wait} by showing what is Pending, with it
     * by the job's outcome.
     *
     * @param pending the text that stands for the job where people read
     * @param done the same for what the job ended with
     */
    public void finish(Json job, WaitOption wait, Supplier<String> pending, ResultText done) {
        if (!wait.wanted()) {
            face.result(job, pending);
            face.say("Started. Follow it with: " + face.line(follow(job)));
            return;
        }
        Json ended = toItsEnd(job);
        Json result = ended.at("result").isThere() ? ended.at("result") : ended;
        face.result(result, () -> done.of(result));
    }

    /** What stands for a result document where people read. */
    @FunctionalInterface
    public interface ResultText {
        /** The text, with its line feeds. */
        String of(Json result);
    }

    /**
     * Waits until the job has ended.
     *
     * @return the job as it ended, Succeeded
     * @throws Failure that of the job, when it ended otherwise
     */
    public Json toItsEnd(Json job) {
        Thread goodbye = new Thread(() -> sayThatItGoesOn(job), "goodbye");
        Runtime.getRuntime().addShutdownHook(goodbye);
        try {
            return watch(job);
        } finally {
            forget(goodbye);
        }
    }

    private Json watch(Json started) {
        Json job = started;
        try (ProgressLine line = new ProgressLine(face.terminal())) {
            while (true) {
                switch (job.at("state").asText().orElse("")) {
                    case "Succeeded" -> {
                        return job;
                    }
                    case "Failed", "Canceled" -> throw failureOf(job);
                    default -> {
                        Json progress = job.at("progress");
                        line.show(
                                progress.at("phase").asText().orElse("waiting"),
                                progress.at("doneBytes").asNumber().orElse(0L),
                                progress.at("totalBytes").asNumber().orElse(0L));
                    }
                }
                face.terminal().pause().sleep(BETWEEN_LOOKS);
                job = look(started);
            }
        }
    }

    private Json look(Json job) {
        try {
            return service.get("/jobs/" + ServiceClient.part(id(job)));
        } catch (Failure gone) {
            if (gone.code() != Code.NO_SERVICE && gone.code() != Code.INTERRUPTED) {
                throw gone;
            }
            throw new Failure(
                    Code.INTERRUPTED,
                    "the service went away while the job " + id(job) + " was running",
                    "start it with "
                            + face.line("up --detach")
                            + " and see what became of the job with: "
                            + face.line("job show " + id(job)),
                    gone);
        }
    }

    private static Failure failureOf(Json job) {
        return ServiceClient.failure(job.at("error"))
                .orElseGet(() ->
                        new Failure(
                                Code.INTERRUPTED,
                                "the job " + id(job) + " ended as " + job.at("state").shown(),
                                "start the work again"));
    }

    private void sayThatItGoesOn(Json job) {
        face.terminal().err().println();
        face.terminal().err().println("The job goes on in the service.");
        face.terminal().err().println("Follow it with: " + face.line(follow(job)));
        face.terminal().err().flush();
    }

    private static void forget(Thread goodbye) {
        try {
            Runtime.getRuntime().removeShutdownHook(goodbye);
        } catch (IllegalStateException leaving) {
            // The process is on its way out: the hook runs, as it should.
        }
    }

    private static String follow(Json job) {
        return "job follow " + id(job);
    }

    private static String id(Json job) {
        return job.at("id").asText().orElse("");
    }
}
