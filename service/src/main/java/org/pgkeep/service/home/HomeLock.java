package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Holds a home for one service. The operating system lets go of it when the process ends, however
 * it ends; the file and the pid in it stay, and mean nothing without the lock.
 */
public final class HomeLock implements AutoCloseable {
    /**
     * Homes held by this process. POSIX locks belong to the process and vanish when any of its
     * handles on the file is closed, so a second attempt must not even open the file.
     */
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;

    private HomeLock(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the home for this process.
     *
     * @throws Failure {@code IN_USE} naming the process that holds it
     */
    public static HomeLock take(Home home) {
        Path file = home.lock();
        if (!HELD_HERE.add(file)) {
            throw inUse(home, Long.toString(ProcessHandle.current().pid()));
        }
        HomeLock taken = null;
        try {
            taken = tryTake(home, file);
            return taken;
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't lock " + file + ": " + e,
                    "check the owner and permissions of the home, and that its file system knows"
                            + " locks",
                    e);
        } finally {
            if (taken == null) {
                HELD_HERE.remove(file);
            }
        }
    }

    private static HomeLock tryTake(Home home, Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        @Nullable FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw inUse(home, Files.readString(file).strip());
        }
        String pid = ProcessHandle.current().pid() + "\n";
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.UTF_8)), 0);
        return new HomeLock(file, channel, lock);
    }

    private static Failure inUse(Home home, String pid) {
        return new Failure(
                Code.IN_USE,
                "a service runs in " + home.root() + " already, as process " + pid,
                "use it, or end it with: pgkeep down --home " + home.root());
    }

    /** Lets go of the home. */
    @Override
    public void close() {
        try (channel) {
            lock.release();
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK, "can't let go of " + file + ": " + e, "end the process", e);
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
