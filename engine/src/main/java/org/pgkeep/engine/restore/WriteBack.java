package org.pgkeep.engine.restore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings large files to the disk while others are still being written, on a thread of its own: the
 * disk would otherwise stand idle until everything is in memory, and then everything wait for it.
 * Only a head start: the restore makes the whole directory durable behind it.
 */
final class WriteBack implements AutoCloseable {
    /** Below this the disk is kept busier by the syncs than by the bytes. */
    private static final long BYTES_MIN = 4 << 20;

    /** So much of a file is begun with before it is whole. */
    static final long BYTES_STEP = 64 << 20;

    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("write-back").factory());
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /** So many bytes of the file were written. */
    void written(Path file, long bytes) {
        if (bytes >= BYTES_MIN) {
            thread.execute(() -> sync(file));
        }
    }

    /**
     * Waits until all that was told of is on the disk.
     *
     * @throws IOException if something could not be brought there
     */
    void finish() throws IOException, InterruptedException {
        thread.shutdown();
        while (!thread.awaitTermination(1, TimeUnit.MINUTES)) {}
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    /** Begins nothing more. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread.close();
    }

    private void sync(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(false);
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        }
    }
}
