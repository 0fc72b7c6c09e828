package org.pgkeep.engine.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineHistory;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.WalSegment;

/**
 * Puts the WAL a plan needs into {@code pg_wal}, whole segment files padded with zeros, and the
 * history files. Recovery then starts no process a segment and asks nobody.
 */
final class WalPlacer {
    private WalPlacer() {}

    static void place(
            ServerArchive archive, RestorePlan plan, Path directory, ProgressListener progress) {
        int segmentBytes = plan.snapshot().walSegmentBytes();
        WalArchive held = new WalArchive(archive.objects());
        TimelineHistory history = plan.history();
        try {
            Files.createDirectories(directory.resolve("archive_status"));
            for (Lsn at = plan.walFrom(); at.isBefore(plan.walTo()); at = at.plus(segmentBytes)) {
                progress.report(
                        new Progress("fetching WAL", at.minus(plan.walFrom()), plan.walBytes()));
                Lsn end = Lsn.min(at.plus(segmentBytes), plan.walTo());
                placeSegment(held, history, at, end, segmentBytes, directory);
            }
            placeHistories(archive, history, directory);
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "writing WAL into " + directory + " failed: " + e.getMessage(),
                    "look at the disk, then ask again",
                    e);
        }
    }

    /**
     * A segment in which the timeline changes bears the later timeline's number, and begins with
     * the earlier one's bytes, as PostgreSQL itself writes it.
     */
    private static void placeSegment(
            WalArchive held,
            TimelineHistory history,
            Lsn from,
            Lsn to,
            int segmentBytes,
            Path directory)
            throws IOException {
        TimelineId timeline = history.timelineAt(from.plus(segmentBytes - 1));
        Path file =
                directory.resolve(WalSegment.containing(timeline, from, segmentBytes).fileName());
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            held.read(
                    history,
                    from,
                    to,
                    (at, bytes, offset, length) -> {
                        write(channel, at.minus(from), bytes, offset, length, file);
                        return true;
                    });
            if (channel.size() < segmentBytes) {
                channel.write(ByteBuffer.wrap(new byte[1]), segmentBytes - 1L);
            }
        }
    }

    private static void write(
            FileChannel channel, long at, byte[] bytes, int offset, int length, Path file) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        try {
            long position = at;
            while (buffer.hasRemaining()) {
                position += channel.write(buffer, position);
            }
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "writing " + file + " failed: " + e.getMessage(),
                    "look at the disk, then ask again",
                    e);
        }
    }

    private static void placeHistories(
            ServerArchive archive, TimelineHistory history, Path directory) throws IOException {
        if (history.timeline().equals(TimelineId.FIRST)) {
            return;
        }
        Files.write(directory.resolve(history.timeline().historyFileName()), history.file());
        for (TimelineHistory.Ancestor ancestor : history.ancestors()) {
            TimelineId timeline = ancestor.timeline();
            if (!timeline.equals(TimelineId.FIRST)) {
                var file = archive.history(timeline);
                if (file.isPresent()) {
                    Files.write(directory.resolve(timeline.historyFileName()), file.get().file());
                }
            }
        }
    }
}
