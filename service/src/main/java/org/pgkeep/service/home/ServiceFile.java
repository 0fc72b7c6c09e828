package org.pgkeep.service.home;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Optional;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.Json;
import tools.jackson.core.JacksonException;

/**
 * Tells faces on this machine where the running service listens and how to be let in. The file is
 * there while the service is ready, and after a kill; so a pid that is gone means that it is not.
 *
 * @param pid the service's process
 * @param port where it listens on the loopback interface
 * @param token what every request has to carry
 * @param version the service's version
 * @param startedAt since when
 * @param home its home
 */
public record ServiceFile(
        long pid, int port, String token, String version, Instant startedAt, String home) {

    /** Puts the file in place. */
    public void write(Home at) {
        DurableFile.write(at.serviceFile(), Json.pretty(this));
    }

    /**
     * Reads the file; empty when there is none.
     *
     * @throws Failure {@code NO_SERVICE} when it can't be read
     */
    public static Optional<ServiceFile> read(Home at) {
        if (!Files.exists(at.serviceFile())) {
            return Optional.empty();
        }
        try {
            return Optional.of(Json.read(DurableFile.read(at.serviceFile()), ServiceFile.class));
        } catch (JacksonException e) {
            throw new Failure(
                    Code.NO_SERVICE,
                    at.serviceFile() + " is not what a service writes",
                    "remove it and start the service again with: pgkeep up",
                    e);
        }
    }

    /** Takes the file away; no complaint if there is none. */
    public static void remove(Home at) {
        try {
            Files.deleteIfExists(at.serviceFile());
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "can't remove " + at.serviceFile() + ": " + e,
                    "check the permissions of the home",
                    e);
        }
    }

    /** Never shows the token. */
    @Override
    public String toString() {
        return "ServiceFile[pid=" + pid + ", port=" + port + ", home=" + home + "]";
    }
}
