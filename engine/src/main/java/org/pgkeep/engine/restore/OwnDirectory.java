package org.pgkeep.engine.restore;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A data directory for a PostgreSQL that pgkeep does not run.
 *
 * @param directory the data directory: empty, or not there
 * @param tablespaces where to put tablespaces: a folder for each of the origin's; those that are
 *     not named go where they were on the origin
 * @param restoreCommand gives recovery its WAL; empty to put all of it into {@code pg_wal}
 */
public record OwnDirectory(
        Path directory, Map<Path, Path> tablespaces, Optional<String> restoreCommand) {
    public OwnDirectory {
        tablespaces = Map.copyOf(tablespaces);
    }

    /** Where a tablespace goes. */
    Path tablespace(String origin) {
        Path there = Path.of(origin);
        return tablespaces.getOrDefault(there, there);
    }
}
