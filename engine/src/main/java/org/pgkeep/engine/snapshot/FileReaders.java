package org.pgkeep.engine.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.pgkeep.engine.Parallel;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.vault.PackFigures;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/**
 * Reads all files of a data directory with a few threads. Each thread has its own {@link
 * FileReader} and {@link PackWriter}; they share the queue of files and the count of bytes done.
 */
final class FileReaders {
    private static final String PHASE = "reading the data directory";
    private static final int MB = 1_000_000;

    private final Vault vault;
    private final Path root;
    private final Lsn startLsn;
    private final Set<PackId> packsHeld;
    private final Approach approach;
    private final Unfinished notes;
    private final Pace pace;
    private final ProgressListener progress;

    /**
     * What was read.
     *
     * @param tree all entries, parents before children, ready to be published; durable
     * @param damagedPages pages whose checksum kept failing
     * @param control what the copied {@code pg_control} says
     */
    record Outcome(
            List<TreeEntry> tree,
            long sizeBytes,
            long readBytes,
            long changedBytes,
            long storedBytes,
            int files,
            List<String> damagedPages,
            ControlFile control) {}

    /** What one thread did. */
    private record Share(
            List<TreeEntry> entries,
            long readBytes,
            PackFigures packs,
            List<String> damagedPages,
            Optional<ControlFile> control) {}

    FileReaders(
            Vault vault,
            Path root,
            Lsn startLsn,
            Approach approach,
            Unfinished notes,
            Pace pace,
            ProgressListener progress) {
        this.vault = vault;
        this.root = root;
        this.startLsn = startLsn;
        this.packsHeld = Set.copyOf(vault.packs());
        this.approach = approach;
        this.notes = notes;
        this.pace = pace;
        this.progress = progress;
    }

    Outcome read(List<DataFile> files, Map<String, TreeEntry.RegularFile> known) {
        List<TreeEntry> tree = new ArrayList<>();
        List<DataFile.RegularFile> regular = new ArrayList<>();
        Optional<DataFile.RegularFile> controlFile = Optional.empty();
        long total = 0;
        for (DataFile file : files) {
            switch (file) {
                case DataFile.Directory(var path, var mode, var modified) ->
                        tree.add(new TreeEntry.Directory(path, mode, modified));
                case DataFile.SymbolicLink(var path, var target) ->
                        tree.add(new TreeEntry.SymbolicLink(path, target));
                case DataFile.RegularFile one -> {
                    total += one.bytes();
                    if (one.role() instanceof DataFile.Control) {
                        controlFile = Optional.of(one);
                    } else {
                        regular.add(one);
                    }
                }
            }
        }
        DataFile.RegularFile control = controlFile.orElseThrow(this::noControlFile);
        ControlFile before = ControlFile.read(root.resolve(control.path()));

        // large files first: no thread is left alone with one that it began last, and the small
        // ones come together and share chunks
        regular.sort(Comparator.comparingLong(DataFile.RegularFile::bytes).reversed());
        Queue<DataFile.RegularFile> queue = new ConcurrentLinkedQueue<>(regular);
        AtomicLong done = new AtomicLong();
        long totalBytes = total;
        Callable<Share> work = () -> share(queue, known, before, done, totalBytes);
        List<Share> shares = new ArrayList<>(Parallel.run(PHASE, work));
        // pg_control last: it must not be older than any page
        shares.add(
                share(
                        new ConcurrentLinkedQueue<>(List.of(control)),
                        known,
                        before,
                        done,
                        totalBytes));
        return outcome(tree, shares);
    }

    private Share share(
            Queue<DataFile.RegularFile> queue,
            Map<String, TreeEntry.RegularFile> known,
            ControlFile cluster,
            AtomicLong done,
            long total) {
        List<TreeEntry> entries = new ArrayList<>();
        String phase =
                notes.notedBytes() == 0
                        ? PHASE
                        : PHASE
                                + " (an earlier try stored "
                                + notes.notedBytes() / MB
                                + " MB of it)";
        try (PackWriter packs = vault.newPackWriter()) {
            Unfinished.Hand hand = notes.hand();
            FileReader reader =
                    new FileReader(
                            root,
                            vault.reader(),
                            packsHeld,
                            packs,
                            cluster,
                            startLsn,
                            approach.word(),
                            approach.watch(),
                            hand,
                            pace.step(),
                            bytes ->
                                    progress.report(
                                            new Progress(phase, done.addAndGet(bytes), total)));
            for (DataFile.RegularFile file = queue.poll(); file != null; file = queue.poll()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new Failure(
                            Code.INTERRUPTED,
                            "the backup was ended before it was done",
                            "take it again with: pgkeep backup take");
                }
                reader.read(file, Optional.ofNullable(known.get(file.path())))
                        .ifPresent(entries::add);
            }
            hand.flush();
            PackFigures figures = packs.finish();
            return new Share(
                    entries, reader.readBytes(), figures, reader.damagedPages(), reader.control());
        }
    }

    private Outcome outcome(List<TreeEntry> tree, List<Share> shares) {
        List<String> damaged = new ArrayList<>();
        Optional<ControlFile> control = Optional.empty();
        PackFigures packs = new PackFigures(0, 0, 0);
        long readBytes = 0;
        for (Share share : shares) {
            tree.addAll(share.entries());
            damaged.addAll(share.damagedPages());
            control = control.or(share::control);
            packs = packs.plus(share.packs());
            readBytes += share.readBytes();
        }
        tree.sort(Comparator.comparing(TreeEntry::path));
        long size = 0;
        int count = 0;
        for (TreeEntry entry : tree) {
            if (entry instanceof TreeEntry.RegularFile file) {
                size += file.bytes();
                count++;
            }
        }
        return new Outcome(
                tree,
                size,
                readBytes,
                packs.clearBytes(),
                packs.storedBytes(),
                count,
                damaged,
                control.orElseThrow(this::noControlFile));
    }

    private Failure noControlFile() {
        return new Failure(
                Code.DAMAGED_DATA,
                "there is no global/pg_control in " + root,
                "is this the data directory of the server?");
    }
}
