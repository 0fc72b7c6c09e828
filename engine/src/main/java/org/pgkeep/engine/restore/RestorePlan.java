package org.pgkeep.engine.restore;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;

/**
 * What a restore would do, checked against the vault: the WAL from the snapshot to the end is
 * whole.
 *
 * @param source the server restored from
 * @param target what was asked for
 * @param targetTime the moment asked for, where it was asked for by time
 * @param snapshot the snapshot it starts with
 * @param history the history of the timeline it follows
 * @param stopBefore the start of the first record that is left out; empty to replay all that is
 *     held
 * @param promisedEnd behind the last record that is replayed
 * @param walTo the end of the WAL it needs
 * @param firstCommit the first commit replayed; empty if there is none
 * @param lastCommit the last commit that will be there that is not in the snapshot already
 * @param halfDropped the object ids of databases whose DROP DATABASE had begun and is left out
 * @param needs what recovery needs at least
 * @param estimate how long it may take
 */
public record RestorePlan(
        ServerDocument source,
        RestoreTarget target,
        Optional<Instant> targetTime,
        SnapshotInfo snapshot,
        TimelineHistory history,
        Optional<Lsn> stopBefore,
        Lsn promisedEnd,
        Lsn walTo,
        Optional<Commit> firstCommit,
        Optional<Commit> lastCommit,
        List<Long> halfDropped,
        RecoveryNeeds needs,
        Duration estimate) {

    public RestorePlan {
        halfDropped = List.copyOf(halfDropped);
    }

    /** What a restored server does not take over from its origin. */
    public static final List<String> RESET =
            List.of(
                    "firewall: nobody gets in over TCP until a rule is added",
                    "server parameters: defaults (what recovery needs is kept at least as high)",
                    "replication: no slots, no standbys, no subscriptions, no archive_command");

    /** What a restored server takes over from its origin. */
    public static final List<String> KEPT =
            List.of(
                    "PostgreSQL major version",
                    "all databases, roles and passwords",
                    "retention and backup settings");

    /**
     * A commit in the WAL.
     *
     * @param time when, by the origin's clock
     * @param xid the transaction
     * @param lsn where its record starts
     */
    public record Commit(Instant time, long xid, Lsn lsn) {}

    /** Where the WAL it needs begins: the start of a segment. */
    public Lsn walFrom() {
        return snapshot.startLsn().floor(snapshot.walSegmentBytes());
    }

    /** The bytes of WAL it needs. */
    public long walBytes() {
        return walTo.minus(walFrom());
    }
}
