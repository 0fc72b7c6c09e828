package org.pgkeep.places;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.opendal.AsyncExecutor;
import org.apache.opendal.AsyncOperator;
import org.apache.opendal.Capability;
import org.apache.opendal.OpenDALException;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.places.CallFailed.Trouble;

/**
 * Calls into OpenDAL under a deadline. The library has no way to cancel a call: one that hangs
 * would keep its connection and its bytes for ever. So calls are made through a line, an operator
 * with threads of its own; when one call hangs, the line is retired, later calls get a new one, and
 * when nobody waits on the old one any more it is closed, which ends whatever still hangs in it.
 *
 * <p>The current line is guarded by the object's lock. Opening one, which loads the native library
 * at the first time (a third of a second), is left to the first call.
 */
final class NativeCalls implements AutoCloseable {
    /** Threads of a line: they wait for the network, and copy. */
    private static final int THREADS = 2;

    private static final String LIBRARY = "libopendal_java";

    private final String scheme;
    private final Supplier<Map<String, String>> settings;
    private @Nullable Line current;

    /**
     * Opens nothing yet.
     *
     * @param scheme OpenDAL's name of the service
     * @param settings asked for each new line, so that fresh credentials are found
     */
    NativeCalls(String scheme, Supplier<Map<String, String>> settings) {
        this.scheme = scheme;
        this.settings = settings;
    }

    /** An operator with its threads, and how many wait on it. Guarded by the lock of the calls. */
    private static final class Line {
        private final AsyncExecutor threads;
        private final AsyncOperator operator;
        private int waiting;
        private boolean retired;

        Line(AsyncExecutor threads, AsyncOperator operator) {
            this.threads = threads;
            this.operator = operator;
        }
    }

    /**
     * Makes a call.
     *
     * @throws CallFailed also when the time is up
     */
    <T extends @Nullable Object> T call(
            Duration within, Function<AsyncOperator, CompletableFuture<T>> question)
            throws InterruptedException {
        Line line = join();
        boolean hangs = true;
        try {
            T answer = question.apply(line.operator).get(within.toNanos(), TimeUnit.NANOSECONDS);
            hangs = false;
            return answer;
        } catch (ExecutionException e) {
            hangs = false;
            if (e.getCause() instanceof OpenDALException told) {
                throw ServiceError.read(told);
            }
            throw new IllegalStateException("OpenDAL failed in a way it does not tell of", e);
        } catch (OpenDALException told) {
            hangs = false;
            throw ServiceError.read(told);
        } catch (TimeoutException e) {
            throw new CallFailed(Trouble.TIMEOUT, "after " + within.toSeconds() + " s");
        } finally {
            leave(line, hangs);
        }
    }

    private synchronized Line join() {
        Line line = current;
        if (line == null) {
            line = open();
            current = line;
        }
        line.waiting++;
        return line;
    }

    private synchronized void leave(Line line, boolean hangs) {
        line.waiting--;
        if (hangs) {
            retire(line);
        }
        closeIfLeft(line);
    }

    /** The next call gets a new line, with credentials as they are then. */
    synchronized void renew() {
        Line line = current;
        if (line != null) {
            retire(line);
            closeIfLeft(line);
        }
    }

    private void retire(Line line) {
        line.retired = true;
        if (line == current) {
            current = null;
        }
    }

    private static void closeIfLeft(Line line) {
        if (line.retired && line.waiting == 0) {
            // ending the threads may wait for one that asks the resolver: not in our time
            Thread.ofPlatform()
                    .daemon()
                    .name("closes a line")
                    .start(() -> {
                        line.operator.close();
                        line.threads.close();
                    });
        }
    }

    private Line open() {
        Map<String, String> now = settings.get();
        try {
            AsyncExecutor threads = AsyncExecutor.createTokioExecutor(THREADS);
            try {
                AsyncOperator operator = AsyncOperator.of(scheme, now, threads);
                check(operator.info.fullCapability);
                removeUnpackedLibrary();
                return new Line(threads, operator);
            } catch (RuntimeException e) {
                threads.close();
                throw e;
            }
        } catch (OpenDALException told) {
            throw ServiceError.read(told);
        } catch (LinkageError e) {
            throw new Failure(
                    Code.STORE_UNAVAILABLE,
                    "the library that reaches storage services can't be loaded: " + e.getMessage(),
                    "it is there for Linux on x86-64, and needs a temporary folder whose files may"
                            + " be executed",
                    e);
        }
    }

    /** OpenDAL ignores options that a service lacks: without this a put would replace objects. */
    private void check(Capability can) {
        String missing =
                !can.isWriteWithIfNotExists()
                        ? "to store an object only if there is none"
                        : !can.isRead() || !can.isStat()
                                ? "to read objects"
                                : !can.isDelete()
                                        ? "to delete objects"
                                        : !can.isList() || !can.isListWithRecursive()
                                                ? "to list objects"
                                                : "";
        if (!missing.isEmpty()) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    "the service " + scheme + " has no way " + missing,
                    "choose another kind of place");
        }
    }

    /** The loader unpacks 45 MB into the temporary folder; what is loaded needs no name. */
    private static void removeUnpackedLibrary() {
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            Optional<Path> file =
                    maps.filter(line -> line.contains("/" + LIBRARY) && line.endsWith(".so"))
                            .map(line -> Path.of(line.substring(line.indexOf('/'))))
                            .findFirst();
            if (file.isPresent()
                    && file.get().startsWith(System.getProperty("java.io.tmpdir", "/tmp"))) {
                Files.deleteIfExists(file.get());
            }
        } catch (IOException e) {
            // it goes when the process ends; only a killed one would leave it
            return;
        }
    }

    /** Ends the line when nobody waits on it. */
    @Override
    public void close() {
        renew();
    }
}
