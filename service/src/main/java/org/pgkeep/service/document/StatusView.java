package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;

/**
 * The service itself.
 *
 * @param state {@code running}
 * @param pid its process
 * @param version its version
 * @param home where it lives
 * @param startedAt since when
 * @param vault its vault
 * @param servers the names of its servers
 * @param jobsUnfinished how many jobs wait or run
 */
public record StatusView(
        String state,
        long pid,
        String version,
        String home,
        Instant startedAt,
        VaultView vault,
        List<String> servers,
        int jobsUnfinished) {

    /**
     * A vault.
     *
     * @param id its GUID
     * @param path where it is
     * @param state {@code Good}, or {@code Degraded} when a location is away or lacks objects
     * @param reason which; empty when all is well
     */
    public record VaultView(String id, String path, String state, String reason) {}
}
