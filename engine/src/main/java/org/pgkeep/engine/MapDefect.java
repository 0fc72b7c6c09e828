package org.pgkeep.engine;

import java.time.Instant;
import java.util.List;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.vault.SnapshotId;

/**
 * A page that had changed although the log named no change of it: the map of changed blocks was too
 * small, or somebody changed the file behind the server's back.
 *
 * @param noticedAt when, by pgkeep's clock
 * @param snapshot the snapshot that noticed; it has the page as it was read
 * @param file the file, below the data directory
 * @param block the page's number in the file
 * @param pageLsn the LSN in the page
 * @param from where the stretch of log began that should have named it
 * @param to behind that stretch
 * @param what a clause: what gave it away
 */
public record MapDefect(
        Instant noticedAt,
        SnapshotId snapshot,
        String file,
        long block,
        Lsn pageLsn,
        Lsn from,
        Lsn to,
        String what) {

    /** What a snapshot noticed, in a clause for those who look at it; empty if it was nothing. */
    public static String noticedBy(SnapshotId snapshot, List<MapDefect> all) {
        long pages = all.stream().filter(each -> each.snapshot().equals(snapshot)).count();
        return pages == 0
                ? ""
                : "read whole, because the WAL had not named "
                        + pages
                        + " pages or more that had changed: please report service.log";
    }
}
