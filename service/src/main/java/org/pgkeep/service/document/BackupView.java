package org.pgkeep.service.document;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.SnapshotInfo;

/**
 * A full backup, done, under way or failed.
 *
 * @param id its GUID
 * @param name its name
 * @param state {@code Pending}, {@code Running}, {@code Succeeded}, {@code Failed}, {@code
 *     Canceled}
 * @param tiers the storage tiers that hold it
 * @param timestamp the first moment it can restore; when it was asked for as long as it is not done
 * @param sizeBytes the bytes of all its files
 * @param storedBytes the bytes added to the vault for it
 * @param readBytes the bytes read from the data directory
 * @param reading how the data directory was read: {@code whole}, {@code compared} with what the log
 *     says, or {@code by-log}
 * @param changedBytes the bytes that no earlier backup of the server had
 * @param durationSeconds from its start until it existed
 * @param timeline the timeline it was taken on
 * @param startLsn where replay starts
 * @param stopLsn where it becomes consistent
 * @param pinned whether it stays beyond its retention
 * @param reason why it failed, what is wrong with it, why it is kept and until when
 */
public record BackupView(
        String id,
        String name,
        String state,
        List<Integer> tiers,
        Instant timestamp,
        Optional<Long> sizeBytes,
        Optional<Long> storedBytes,
        Optional<Long> readBytes,
        Optional<String> reading,
        Optional<Long> changedBytes,
        Optional<Double> durationSeconds,
        Optional<Integer> timeline,
        Optional<String> startLsn,
        Optional<String> stopLsn,
        boolean pinned,
        String reason) {
    /** The one tier there is as yet. */
    static final List<Integer> TIERS = List.of(1);

    /** A backup that exists. */
    public static BackupView of(SnapshotInfo snapshot) {
        return of(snapshot, false, "");
    }

    /**
     * A backup that exists.
     *
     * @param kept why it stays; may be empty
     */
    public static BackupView of(SnapshotInfo snapshot, boolean pinned, String kept) {
        String damaged =
                snapshot.damagedPages().isEmpty()
                        ? ""
                        : "damaged pages: " + String.join(", ", snapshot.damagedPages());
        String between = damaged.isEmpty() || kept.isEmpty() ? "" : "; ";
        SnapshotInfo.Figures figures = snapshot.figures();
        return new BackupView(
                snapshot.id().toString(),
                snapshot.name(),
                "Succeeded",
                TIERS,
                snapshot.stoppedAt(),
                Optional.of(figures.sizeBytes()),
                Optional.of(figures.storedBytes()),
                Optional.of(figures.readBytes()),
                Optional.of(snapshot.reading().word()),
                Optional.of(figures.changedBytes()),
                Optional.of(figures.duration().toMillis() / 1000.0),
                Optional.of(snapshot.timeline().value()),
                Optional.of(snapshot.startLsn().toString()),
                Optional.of(snapshot.stopLsn().toString()),
                pinned,
                damaged + between + kept);
    }

    /** The same backup, with the tiers that hold it. */
    public BackupView in(List<Integer> holding) {
        return new BackupView(
                id,
                name,
                state,
                holding,
                timestamp,
                sizeBytes,
                storedBytes,
                readBytes,
                reading,
                changedBytes,
                durationSeconds,
                timeline,
                startLsn,
                stopLsn,
                pinned,
                reason);
    }

    /** A backup that does not exist, or not yet. */
    public static BackupView unfinished(
            String id, String name, String state, Instant askedAt, String reason) {
        return new BackupView(
                id,
                name,
                state,
                List.of(),
                askedAt,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                reason);
    }
}
