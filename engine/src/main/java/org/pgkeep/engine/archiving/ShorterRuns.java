package org.pgkeep.engine.archiving;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.LogRange;

/**
 * What the vault held of units in part before any was pushed: left by a capture, by a promotion, or
 * by a push that was cut off. New bytes have to be the same. Listed once for each timeline; what is
 * stored since is met by its name. Thread-safe.
 */
final class ShorterRuns {
    private final Archive archive;
    private final int unitBytes;
    private final Map<TimelineId, List<LogRange>> known = new ConcurrentHashMap<>();

    ShorterRuns(Archive archive, int unitBytes) {
        this.archive = archive;
        this.unitBytes = unitBytes;
    }

    /**
     * Compares with what is held already of the same positions, except under the very same name.
     *
     * @throws Failure WAL_DIFFERS
     */
    void refuseOthers(TimelineId timeline, Lsn at, byte[] bytes, int length) {
        for (LogRange run : known.computeIfAbsent(timeline, this::shorter)) {
            long from = Math.max(run.from(), at.value());
            long to = Math.min(run.to(), at.value() + length);
            if (from < to) {
                int offset = (int) (from - run.from());
                int count = (int) (to - from);
                int here = (int) (from - at.value());
                // swept meanwhile: then a longer one took it in, and that one was compared
                archive.readLog(run)
                        .map(held ->
                                Arrays.mismatch(
                                        held, offset, offset + count, bytes, here, here + count))
                        .filter(differs -> differs >= 0)
                        .ifPresent(differs -> {
                            throw differs(timeline, new Lsn(from + differs));
                        });
            }
        }
    }

    private List<LogRange> shorter(TimelineId timeline) {
        return archive.logs(timeline.value()).stream()
                .filter(range -> range.length() < unitBytes)
                .toList();
    }

    static Failure differs(TimelineId timeline, Lsn at) {
        return new Failure(
                Code.WAL_DIFFERS,
                "the vault holds other WAL of timeline " + timeline + " from " + at + " on",
                "does another server push under this name, or was this one set back to the past"
                        + " under its old data directory? restore it as a new server, which gets"
                        + " its own archive");
    }
}
