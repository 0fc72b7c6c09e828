package org.pgkeep.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Runs work that computes on a few platform threads. */
public final class Parallel {
    /**
     * Two keep two processors busy with compression; more would only take memory and the server's.
     */
    private static final int THREADS = 2;

    private Parallel() {}

    /**
     * Runs the same work on each thread and waits for all. When one fails the others are
     * interrupted, waited for, and its failure is thrown; so too when the caller is interrupted.
     *
     * @param name what is done, for the threads' names and the message
     * @throws Failure INTERRUPTED if the caller was interrupted, or what the work threw
     */
    public static <T> List<T> run(String name, Callable<T> work) {
        try (ExecutorService threads =
                Executors.newFixedThreadPool(
                        THREADS, Thread.ofPlatform().daemon().name(name + " ", 1).factory())) {
            ExecutorCompletionService<T> ends = new ExecutorCompletionService<>(threads);
            for (int i = 0; i < THREADS; i++) {
                ends.submit(work);
            }
            List<T> results = new ArrayList<>();
            try {
                for (int i = 0; i < THREADS; i++) {
                    results.add(ends.take().get());
                }
                return results;
            } catch (InterruptedException e) {
                threads.shutdownNow();
                Thread.currentThread().interrupt();
                throw new Failure(
                        Code.INTERRUPTED, name + " was interrupted", "ask for it again", e);
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw switch (e.getCause()) {
                    case RuntimeException failed -> failed;
                    case null, default -> new IllegalStateException(name + " failed", e.getCause());
                };
            }
        }
    }
}
