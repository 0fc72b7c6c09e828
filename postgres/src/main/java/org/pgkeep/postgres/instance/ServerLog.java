package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** The file into which a server talks, and its end. */
final class ServerLog {
    /** What is shown of it: enough for a FATAL with its DETAIL and HINT and what led to it. */
    private static final int LINES = 20;

    private static final int BYTES = 16 << 10;

    private final Path file;

    /** Where the log of the present server begins in the file. */
    private volatile long begin;

    ServerLog(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** Makes the file if needed, readable by its owner alone, and counts from its end. */
    void markStart() {
        try {
            Path above = file.getParent();
            if (above != null) {
                Files.createDirectories(above);
            }
            if (!Files.exists(file)) {
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            begin = Files.size(file);
        } catch (IOException e) {
            throw new Failure(
                    Code.NOT_WRITABLE,
                    "could not make the server's log " + file + ": " + e.getMessage(),
                    "choose a place where this user may write",
                    e);
        }
    }

    /** The last lines since the start; none if there is no log. */
    List<String> tail() {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long size = channel.size();
            long from = Math.max(size - BYTES, Math.min(begin, size));
            ByteBuffer end = ByteBuffer.allocate(BYTES);
            channel.position(from);
            while (end.hasRemaining()) {
                if (channel.read(end) < 0) {
                    break;
                }
            }
            List<String> lines =
                    new String(end.array(), 0, end.position(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
            return List.copyOf(lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            return List.of("(the log " + file + " can't be read: " + e.getMessage() + ")");
        }
    }
}
