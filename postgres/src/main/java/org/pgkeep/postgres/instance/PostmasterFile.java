package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * What {@code postmaster.pid} says (pidfile.h): line 1 the process id, line 8 the state. It
 * outlives a server that was killed, so it is a claim, to be checked against {@link ProcessTable}.
 *
 * @param pid the process that wrote it
 * @param state what the process was doing
 * @param text the whole file
 */
record PostmasterFile(long pid, ServerState state, String text) {
    private static final int STATUS_LINE = 8;

    /** Where it is in a data directory. */
    static Path in(Path dataDirectory) {
        return dataDirectory.resolve("postmaster.pid");
    }

    /**
     * Reads it; empty if there is none, or none of a postmaster (a single-user server writes a
     * negative number).
     *
     * @throws Failure DISK if it can't be read
     */
    static Optional<PostmasterFile> read(Path dataDirectory) {
        try {
            return parse(Files.readString(in(dataDirectory), StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "could not read " + in(dataDirectory) + ": " + e.getMessage(),
                    "look whether the disk is well and the directory may be read by this user",
                    e);
        }
    }

    /** Reads the file's text, which may be cut short: it is written line by line. */
    static Optional<PostmasterFile> parse(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().strip().matches("[1-9][0-9]{0,9}")) {
            return Optional.empty();
        }
        String status = lines.size() < STATUS_LINE ? "" : lines.get(STATUS_LINE - 1).strip();
        ServerState state =
                switch (status) {
                    case "ready" -> ServerState.READY;
                    case "standby" -> ServerState.STANDBY;
                    case "stopping" -> ServerState.STOPPING;
                    default -> ServerState.STARTING;
                };
        return Optional.of(
                new PostmasterFile(Long.parseLong(lines.getFirst().strip()), state, text));
    }
}
