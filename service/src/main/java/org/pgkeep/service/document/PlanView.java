package org.pgkeep.service.document;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.restore.RestorePlan;

/**
 * What a restore is going to do.
 *
 * @param replaces the GUID of the server whose place the restored one takes; null where none
 * @param source the name of the server it restores
 * @param sourceId that server's GUID
 * @param targetTime the moment it goes back to; null where none was asked for
 * @param targetLocalTime the same in the user's zone
 * @param targetLsn behind the last record that is replayed
 * @param timeline the timeline it follows
 * @param snapshot the backup it starts with
 * @param walBytes the WAL it replays
 * @param dataBytes the files it writes
 * @param firstCommit the first commit replayed
 * @param lastCommit the last commit that will be there
 * @param estimateSeconds how long it may take
 * @param reset what the new server does not take over
 * @param kept what it takes over
 */
public record PlanView(
        Optional<String> replaces,
        String source,
        String sourceId,
        Optional<Instant> targetTime,
        Optional<String> targetLocalTime,
        String targetLsn,
        int timeline,
        SnapshotView snapshot,
        long walBytes,
        long dataBytes,
        Optional<CommitView> firstCommit,
        Optional<CommitView> lastCommit,
        double estimateSeconds,
        List<String> reset,
        List<String> kept) {

    /**
     * The backup a restore starts with.
     *
     * @param id its GUID
     * @param name its name
     * @param timestamp the first moment it can restore
     */
    public record SnapshotView(String id, String name, Instant timestamp) {}

    /**
     * A commit in the WAL.
     *
     * @param time when, by the server's clock
     * @param xid the transaction
     * @param lsn where its record starts
     */
    public record CommitView(Instant time, long xid, String lsn) {
        static CommitView of(RestorePlan.Commit commit) {
            return new CommitView(commit.time(), commit.xid(), commit.lsn().toString());
        }
    }

    private static final List<String> RESET_OVER =
            List.of(
                    "server parameters: defaults (what recovery needs is kept at least as high)",
                    "replication: no slots, no standbys, no subscriptions, no archive_command");

    private static final List<String> KEPT_OVER =
            List.of(
                    "of the source: all databases, roles and passwords",
                    "of the server replaced: name, port, firewall, retention and backup settings",
                    "the state of now: in the vault, under the ID of the server replaced");

    /** The engine's plan for a new server as a document for somebody in that zone. */
    public static PlanView of(RestorePlan plan, ZoneId zone) {
        return of(plan, Optional.empty(), zone);
    }

    /** The engine's plan as a document for somebody in that zone. */
    public static PlanView of(RestorePlan plan, Optional<String> replaces, ZoneId zone) {
        Optional<Instant> time =
                switch (plan.target()) {
                    case RestoreTarget.ToTime(Instant asked) -> Optional.of(asked);
                    case RestoreTarget.Earliest _, RestoreTarget.ToBackup _ ->
                            Optional.of(plan.snapshot().stoppedAt());
                    case RestoreTarget.ToLsn _,
                            RestoreTarget.ToXid _,
                            RestoreTarget.BeforeXid _,
                            RestoreTarget.ToRestorePoint _,
                            RestoreTarget.Latest _ ->
                            Optional.empty();
                };
        return new PlanView(
                replaces,
                plan.source().name(),
                plan.source().id().toString(),
                time,
                time.map(it -> DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(it.atZone(zone))),
                plan.promisedEnd().toString(),
                plan.history().timelineAt(plan.promisedEnd()).value(),
                new SnapshotView(
                        plan.snapshot().id().toString(),
                        plan.snapshot().name(),
                        plan.snapshot().stoppedAt()),
                plan.walBytes(),
                plan.snapshot().figures().sizeBytes(),
                plan.firstCommit().map(CommitView::of),
                plan.lastCommit().map(CommitView::of),
                plan.estimate().toMillis() / 1000.0,
                replaces.isPresent() ? RESET_OVER : RestorePlan.RESET,
                replaces.isPresent() ? KEPT_OVER : RestorePlan.KEPT);
    }
}
