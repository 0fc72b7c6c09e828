package org.pgkeep.cli.rest;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * What the running service says of itself in {@code <home>/service.json}: written when it is ready,
 * removed at a clean end, stale after a hard one.
 *
 * @param pid the service's process
 * @param port where it listens, on loopback
 * @param token what every request must show; it never appears in a message
 */
public record ServiceFile(long pid, int port, String token) {

    /** The service of this home; empty where none runs, a stale file included. */
    public static Optional<ServiceFile> find(Path home) {
        Path file = home.resolve("service.json");
        try {
            Json said = Json.parse(Files.readAllBytes(file));
            ServiceFile found =
                    new ServiceFile(
                            said.at("pid").asNumber().orElse(-1L),
                            Math.toIntExact(said.at("port").asNumber().orElse(-1L)),
                            said.at("token").asText().orElse(""));
            return found.pid > 0 && found.port > 0 && found.isAlive()
                    ? Optional.of(found)
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // half-written: not ready
        } catch (AccessDeniedException e) {
            throw new Failure(
                    Code.NOT_ALLOWED,
                    "you may not read " + file,
                    "call pgkeep as the user who runs the service, or name your own home with --home",
                    e);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "can't read " + file + ": " + e.getMessage(),
                    "check the folder, or name another home with --home",
                    e);
        }
    }

    /** Whether the process is there. */
    public boolean isAlive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Override
    public String toString() {
        return "ServiceFile[pid=" + pid + ", port=" + port + "]";
    }
}
