package org.pgkeep.engine.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
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

    /**
     * Places it.
     *
     * @return the tablespaces that replay will make: where they were on the origin, by object id
     */
    static Map<String, String> place(
            ServerArchive archive, RestorePlan plan, Path directory, ProgressListener progress) {
        int segmentBytes = plan.snapshot().walSegmentBytes();
        WalArchive held = new WalArchive(archive.objects());
        TimelineHistory history = plan.history();
        NewTablespaces tablespaces =
                new NewTablespaces(plan.walFrom(), plan.stopBefore(), segmentBytes);
        try {
            Files.createDirectories(directory.resolve("archive_status"));
            for (Lsn at = plan.walFrom(); at.isBefore(plan.walTo()); at = at.plus(segmentBytes)) {
                progress.report(
                        new Progress("fetching WAL", at.minus(plan.walFrom()), plan.walBytes()));
                Lsn end = Lsn.min(at.plus(segmentBytes), plan.walTo());
                placeSegment(held, history, at, end, segmentBytes, directory, tablespaces);
            }
            tablespaces.rewrite((at, bytes, offset, length) -> {
                Lsn segment = at.floor(segmentBytes);
                Path file = segmentFile(history, segment, segmentBytes, directory);
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    write(channel, at.minus(segment), bytes, offset, length, file);
                    return true;
                } catch (IOException e) {
                    throw disk(file, e);
                }
            });
            placeHistories(archive, history, directory);
            return tablespaces.made();
        } catch (IOException e) {
            throw new Failure(
                    Code.DISK,
                    "writing WAL into " + directory + " failed: " + e.getMessage(),
                    "look at the disk, then ask again",
                    e);
        }
    }

    /** Only looks, at all of it, for the tablespaces that replay will make. */
    static Map<String, String> tablespaces(ServerArchive archive, RestorePlan plan) {
        NewTablespaces tablespaces =
                new NewTablespaces(
                        plan.walFrom(), plan.stopBefore(), plan.snapshot().walSegmentBytes());
        new WalArchive(archive.objects())
                .read(
                        plan.history(),
                        plan.walFrom(),
                        plan.walTo(),
                        (_, bytes, offset, length) -> {
                            tablespaces.feed(bytes, offset, length);
                            return true;
                        });
        return tablespaces.made();
    }

    /**
     * A segment in which the timeline changes bears the later timeline's number, and begins with
     * the earlier one's bytes, as PostgreSQL itself writes it.
     */
    private static Path segmentFile(
            TimelineHistory history, Lsn from, int segmentBytes, Path directory) {
        TimelineId timeline = history.timelineAt(from.plus(segmentBytes - 1));
        return directory.resolve(WalSegment.containing(timeline, from, segmentBytes).fileName());
    }

    private static void placeSegment(
            WalArchive held,
            TimelineHistory history,
            Lsn from,
            Lsn to,
            int segmentBytes,
            Path directory,
            NewTablespaces tablespaces)
            throws IOException {
        Path file = segmentFile(history, from, segmentBytes, directory);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            held.read(
                    history,
                    from,
                    to,
                    (at, bytes, offset, length) -> {
                        write(channel, at.minus(from), bytes, offset, length, file);
                        tablespaces.feed(bytes, offset, length);
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
            throw disk(file, e);
        }
    }

    private static Failure disk(Path file, IOException e) {
        return new Failure(
                Code.DISK,
                "writing " + file + " failed: " + e.getMessage(),
                "look at the disk, then ask again",
                e);
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
