package org.pgkeep.engine.archiving;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pgkeep.postgres.WalSegment;

/**
 * Segments that the server says are ready, taken up before it asks: while it starts the next
 * command, the next segments are sealed already. What is done ahead counts only when it is asked
 * for, and only if the file is still the same.
 *
 * <p>The monitor guards the list.
 */
final class Lookahead {
    /** One asked for, two at work, one waiting: more would hold memory and win nothing. */
    private static final int AHEAD_MAX = 3;

    /** A file as it was: another one under its name has another stamp. */
    private record Stamp(Optional<Object> inode, FileTime modified, long bytes) {
        static @Nullable Stamp of(Path file) {
            try {
                BasicFileAttributes found =
                        Files.readAttributes(
                                file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return new Stamp(
                        Optional.ofNullable(found.fileKey()),
                        found.lastModifiedTime(),
                        found.size());
            } catch (IOException gone) {
                return null;
            }
        }
    }

    private record Work(Stamp stamp, CompletableFuture<PushOutcome> outcome) {}

    private final Executor workers;
    private final Map<Path, Work> works = new LinkedHashMap<>();

    Lookahead(Executor workers) {
        this.workers = workers;
    }

    /** The work on a file: what runs for it already, if the file is still the same, or anew. */
    synchronized CompletableFuture<PushOutcome> take(Path file, Supplier<PushOutcome> push) {
        Work known = works.remove(file);
        if (known != null && known.stamp().equals(Stamp.of(file))) {
            // a failure of long ago may have gone; whoever asks hears of today's
            return known.outcome().isCompletedExceptionally() ? begin(push) : known.outcome();
        }
        return begin(push);
    }

    /** Takes up the segments behind one, as far as the server says that they are ready. */
    synchronized void goOn(Path file, WalSegment segment, Push push) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        forgetOld();
        WalSegment next = segment;
        for (int ahead = 0; ahead < AHEAD_MAX; ahead++) {
            next = next.next();
            WalSegment upcoming = next;
            Path path = folder.resolve(next.fileName());
            Path ready = folder.resolve("archive_status").resolve(next.fileName() + ".ready");
            if (works.containsKey(path)) {
                continue;
            }
            Stamp stamp = Files.exists(ready) ? Stamp.of(path) : null;
            if (stamp == null) {
                return;
            }
            works.put(path, new Work(stamp, begin(() -> push.of(path, upcoming))));
        }
    }

    /** Pushes one segment. */
    interface Push {
        PushOutcome of(Path file, WalSegment segment);
    }

    private CompletableFuture<PushOutcome> begin(Supplier<PushOutcome> push) {
        return CompletableFuture.supplyAsync(push, workers);
    }

    /** What was done ahead and never asked for, since the server was told to do otherwise. */
    private void forgetOld() {
        Iterator<Work> oldest = works.values().iterator();
        while (works.size() >= 2 * AHEAD_MAX && oldest.hasNext()) {
            Work _ = oldest.next();
            oldest.remove();
        }
    }
}
