package org.pgkeep.engine.archive;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pgkeep.engine.RecoveryNeeds;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.SnapshotInfo;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Snapshot;

/** A snapshot's facts as the properties of its document; {@code docs/format.md} lists them. */
final class SnapshotCodec {
    private SnapshotCodec() {}

    static Map<String, String> encode(SnapshotInfo info) {
        Map<String, String> words = new TreeMap<>();
        words.put("name", info.name());
        words.put("startedAt", info.startedAt().toString());
        words.put("finishedAt", info.finishedAt().toString());
        words.put("stoppedAt", info.stoppedAt().toString());
        words.put("timeline", info.timeline().toString());
        words.put("startLsn", info.startLsn().toString());
        words.put("stopLsn", info.stopLsn().toString());
        words.put("version", info.version().text());
        words.put("walSegmentBytes", Integer.toString(info.walSegmentBytes()));
        words.put("reading", info.reading().word());
        SnapshotInfo.Figures figures = info.figures();
        words.put("sizeBytes", Long.toString(figures.sizeBytes()));
        words.put("readBytes", Long.toString(figures.readBytes()));
        words.put("changedBytes", Long.toString(figures.changedBytes()));
        words.put("storedBytes", Long.toString(figures.storedBytes()));
        words.put("files", Integer.toString(figures.files()));
        words.put("durationMillis", Long.toString(figures.duration().toMillis()));
        words.put("damagedPages", String.join("\n", info.damagedPages()));
        words.put("backupLabel", info.backupLabel());
        words.put("tablespaceMap", info.tablespaceMap());
        RecoveryNeeds needs = info.recoveryNeeds();
        words.put("maxConnections", Integer.toString(needs.maxConnections()));
        words.put("maxWorkerProcesses", Integer.toString(needs.maxWorkerProcesses()));
        words.put("maxWalSenders", Integer.toString(needs.maxWalSenders()));
        words.put("maxPreparedTransactions", Integer.toString(needs.maxPreparedTransactions()));
        words.put("maxLocksPerTransaction", Integer.toString(needs.maxLocksPerTransaction()));
        return words;
    }

    static SnapshotInfo decode(ServerId server, Snapshot snapshot) {
        Words words = new Words(snapshot);
        try {
            String damaged = words.of("damagedPages");
            return new SnapshotInfo(
                    snapshot.id(),
                    server,
                    words.of("name"),
                    Instant.parse(words.of("startedAt")),
                    Instant.parse(words.of("finishedAt")),
                    Instant.parse(words.of("stoppedAt")),
                    TimelineId.parse(words.of("timeline")),
                    Lsn.parse(words.of("startLsn")),
                    Lsn.parse(words.of("stopLsn")),
                    PostgresVersion.parse(words.of("version")),
                    words.number("walSegmentBytes"),
                    reading(snapshot.properties().get("reading")),
                    new SnapshotInfo.Figures(
                            Long.parseLong(words.of("sizeBytes")),
                            Long.parseLong(words.of("readBytes")),
                            Long.parseLong(words.of("changedBytes")),
                            Long.parseLong(words.of("storedBytes")),
                            words.number("files"),
                            Duration.ofMillis(Long.parseLong(words.of("durationMillis")))),
                    damaged.isEmpty() ? List.of() : List.of(damaged.split("\n", -1)),
                    words.of("backupLabel"),
                    words.of("tablespaceMap"),
                    new RecoveryNeeds(
                            words.number("maxConnections"),
                            words.number("maxWorkerProcesses"),
                            words.number("maxWalSenders"),
                            words.number("maxPreparedTransactions"),
                            words.number("maxLocksPerTransaction")));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw words.unreadable(String.valueOf(e.getMessage()), e);
        }
    }

    /** Snapshots from before there was a choice do not say it, and read everything. */
    private static SnapshotInfo.Reading reading(@Nullable String word) {
        return word == null ? SnapshotInfo.Reading.WHOLE : SnapshotInfo.Reading.of(word);
    }

    /** The properties of one snapshot, each of which has to be there. */
    private record Words(Snapshot snapshot) {
        String of(String word) {
            String value = snapshot.properties().get(word);
            if (value == null) {
                throw new IllegalArgumentException("it does not say its " + word);
            }
            return value;
        }

        int number(String word) {
            return Integer.parseInt(of(word));
        }

        Failure unreadable(String why, Exception cause) {
            return new Failure(
                    Code.DAMAGED_OBJECT,
                    "the document of snapshot " + snapshot.id() + " can't be read: " + why,
                    "it opened with the right key, so a defect wrote it: please report it",
                    cause);
        }
    }
}
