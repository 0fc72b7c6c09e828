package org.pgkeep.cli.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Files with secrets in them: the first line counts. */
final class SecretFiles {
    private SecretFiles() {}

    /**
     * The first line of a file.
     *
     * @throws Failure {@code NO_KEY}
     */
    static String read(Path file) {
        try {
            String text = Files.readString(file);
            String line = text.lines().findFirst().orElse("");
            if (!line.isEmpty()) {
                return line;
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.NO_KEY,
                    "can't read " + file + ": " + e,
                    "check its name, owner and permissions",
                    e);
        }
        throw new Failure(
                Code.NO_KEY, file + " has nothing in its first line", "write the secret there");
    }

    /**
     * Writes a new file that only its owner may read; one that is there stays as it is.
     *
     * @throws Failure {@code NOT_WRITABLE}
     */
    static void writeNew(Path file, String text) {
        try {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            try (var channel =
                    java.nio.channels.FileChannel.open(file, Set.of(StandardOpenOption.WRITE))) {
                var bytes =
                        java.nio.ByteBuffer.wrap(
                                text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw new Failure(
                    Code.NAME_TAKEN,
                    file + " is there already",
                    "choose another name, or move that file away",
                    e);
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "can't write " + file + ": " + e,
                    "check the folder's owner, permissions and free space",
                    e);
        }
    }
}
