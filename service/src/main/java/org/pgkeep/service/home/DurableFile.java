package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Writes small files that only their owner may read, whole or not at all. */
final class DurableFile {
    private DurableFile() {}

    /**
     * Puts a file of mode 0600 in place. A crash before the rename leaves the old content and a
     * file named {@code .new}, which the next write replaces; after it, the new content.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    static void write(Path file, String content) {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            try (FileChannel channel =
                    FileChannel.open(
                            fresh,
                            Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rw-------")))) {
                ByteBuffer bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            moveDurably(fresh, file);
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't write " + file + ": " + e,
                    "check the folder's owner, permissions and free space",
                    e);
        }
    }

    /**
     * Puts a file that {@link #write} has written in the place of another one of its folder.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    static void move(Path fresh, Path file) {
        try {
            moveDurably(fresh, file);
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't replace " + file + ": " + e,
                    "check the folder's owner, permissions and free space",
                    e);
        }
    }

    private static void moveDurably(Path fresh, Path file) throws IOException {
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(Home.parentOf(file))) {
            folder.force(true);
        }
    }

    /**
     * The content of a file.
     *
     * @throws Failure {@code DISK}
     */
    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "can't read " + file + ": " + e,
                    "check the file's owner and permissions",
                    e);
        }
    }
}
