package org.pgkeep.engine.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.pgkeep.engine.Parallel;
import org.pgkeep.engine.Progress;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.ChunkRef;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;

/** Writes a snapshot's tree where it is to land. What is zeros stays a hole in the file. */
final class DirectoryWriter {
    private static final String PHASE = "restoring files";
    private static final String CONTROL_FILE = "global/pg_control";
    private static final String TABLESPACES = "pg_tblspc/";

    /** What pgkeep writes itself, and what would send recovery elsewhere. */
    private static final Set<String> LEFT_OUT =
            Set.of(
                    CONTROL_FILE,
                    "postgresql.conf",
                    "postgresql.auto.conf",
                    "pg_hba.conf",
                    "pg_ident.conf",
                    "backup_label",
                    "tablespace_map",
                    "recovery.signal",
                    "standby.signal");

    private final ChunkReader chunks;
    private final Landing landing;
    private final Path root;
    private final ProgressListener progress;

    DirectoryWriter(Vault vault, Landing landing, ProgressListener progress) {
        this.chunks = vault.reader();
        this.landing = landing;
        this.root = landing.data();
        this.progress = progress;
    }

    /** Writes everything but {@code pg_control}. */
    void writeFiles(List<TreeEntry> tree) {
        List<TreeEntry.RegularFile> files = new ArrayList<>();
        List<TreeEntry.Directory> directories = new ArrayList<>();
        try {
            Files.createDirectories(root);
            for (TreeEntry entry :
                    tree.stream().sorted(Comparator.comparing(TreeEntry::path)).toList()) {
                switch (entry) {
                    case TreeEntry.Directory directory -> {
                        Files.createDirectories(root.resolve(directory.path()));
                        directories.add(directory);
                    }
                    case TreeEntry.SymbolicLink link -> writeLink(link);
                    case TreeEntry.RegularFile file -> {
                        if (!LEFT_OUT.contains(file.path())) {
                            files.add(file);
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw disk("making the folders of " + root, e);
        }
        long total = files.stream().mapToLong(TreeEntry.RegularFile::bytes).sum();
        AtomicLong done = new AtomicLong();
        files.sort(Comparator.comparingLong(TreeEntry.RegularFile::bytes).reversed());
        Queue<TreeEntry.RegularFile> queue = new ConcurrentLinkedQueue<>(files);
        try (WriteBack writeBack = new WriteBack()) {
            Parallel.run(
                    PHASE,
                    () -> {
                        for (TreeEntry.RegularFile file = queue.poll();
                                file != null && !Thread.currentThread().isInterrupted();
                                file = queue.poll()) {
                            writeFile(file, root.resolve(file.path()), writeBack);
                            progress.report(
                                    new Progress(PHASE, done.addAndGet(file.bytes()), total));
                        }
                        return done;
                    });
            writeBack.finish();
        } catch (IOException e) {
            throw disk("bringing the files to the disk", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED, PHASE + " was interrupted", "ask for the restore again", e);
        }
        // modes of folders last: one may forbid what had to be written into it
        for (TreeEntry.Directory directory : directories.reversed()) {
            try {
                setMode(root.resolve(directory.path()), directory.mode());
            } catch (IOException e) {
                throw disk("setting the mode of " + directory.path(), e);
            }
        }
    }

    /** Writes {@code pg_control}: only now can PostgreSQL start on the directory. */
    void writeControlFile(List<TreeEntry> tree) {
        for (TreeEntry entry : tree) {
            if (entry instanceof TreeEntry.RegularFile file && file.path().equals(CONTROL_FILE)) {
                Path target = root.resolve(CONTROL_FILE);
                Path beside = target.resolveSibling("pg_control.pgkeep");
                try (WriteBack none = new WriteBack()) {
                    writeFile(file, beside, none);
                }
                landing.owner().own(beside);
                try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                    channel.force(true);
                } catch (IOException e) {
                    throw disk("syncing " + beside, e);
                }
                try (FileChannel folder =
                        FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
                    Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
                    folder.force(true);
                } catch (IOException e) {
                    throw disk("writing " + target, e);
                }
                return;
            }
        }
        throw new Failure(
                Code.DAMAGED_OBJECT,
                "the snapshot has no " + CONTROL_FILE,
                "restore from another snapshot; please report it");
    }

    /**
     * A tablespace of the origin stands somewhere on the origin's machine, perhaps this one: the
     * copy's goes where the landing says. Other links come back as they were.
     */
    private void writeLink(TreeEntry.SymbolicLink link) throws IOException {
        Path target;
        if (isTablespace(link)) {
            target = makeTablespace(oid(link), link.target());
        } else {
            target = Path.of(link.target());
        }
        Files.createSymbolicLink(root.resolve(link.path()), target);
    }

    static boolean isTablespace(TreeEntry.SymbolicLink link) {
        return link.path().startsWith(TABLESPACES)
                && link.path().indexOf('/', TABLESPACES.length()) < 0;
    }

    static String oid(TreeEntry.SymbolicLink link) {
        return link.path().substring(TABLESPACES.length());
    }

    private Path makeTablespace(String oid, String origin) throws IOException {
        Path folder = Files.createDirectories(landing.tablespaces().of(oid, origin));
        setMode(folder, 0700);
        return folder;
    }

    /**
     * Makes the places of tablespaces that replay is about to make, and the links to them.
     *
     * @param made where they were on the origin, by their object ids
     */
    void linkTablespaces(Map<String, String> made) {
        try {
            for (Map.Entry<String, String> each : made.entrySet()) {
                Path link = root.resolve(TABLESPACES + each.getKey());
                if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createSymbolicLink(link, makeTablespace(each.getKey(), each.getValue()));
                }
            }
        } catch (IOException e) {
            throw disk("making the places of tablespaces", e);
        }
    }

    /** The text of a small file of the snapshot; empty if it has none of that path. */
    Optional<String> text(List<TreeEntry> tree, String path) {
        for (TreeEntry entry : tree) {
            if (entry instanceof TreeEntry.RegularFile file && file.path().equals(path)) {
                byte[] text = new byte[Math.toIntExact(file.bytes())];
                for (Extent extent : FileMap.decode(chunks.read(file.map())).extents()) {
                    byte[] bytes = chunks.read(extent.slice());
                    int at = Math.toIntExact(extent.firstBlock() * FileMap.BLOCK_BYTES);
                    System.arraycopy(bytes, 0, text, at, Math.min(bytes.length, text.length - at));
                }
                return Optional.of(new String(text, StandardCharsets.UTF_8));
            }
        }
        return Optional.empty();
    }

    private void writeFile(TreeEntry.RegularFile file, Path path, WriteBack writeBack) {
        FileMap map = FileMap.decode(chunks.read(file.map()));
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.SPARSE)) {
            long end = 0;
            long begun = 0;
            for (List<Extent> together : byChunk(map)) {
                end = Math.max(end, writeExtents(channel, together));
                if (end - begun >= WriteBack.BYTES_STEP) {
                    writeBack.written(path, end - begun);
                    begun = end;
                }
            }
            writeBack.written(path, end - begun);
            if (end > file.bytes()) {
                throw new Failure(
                        Code.DAMAGED_OBJECT,
                        "the map of " + file.path() + " is longer than the file",
                        "restore from another snapshot; please report it");
            }
            if (end < file.bytes()) {
                // zeros to the end: one byte makes the length, the rest is a hole
                channel.write(ByteBuffer.wrap(new byte[1]), file.bytes() - 1);
            }
            setMode(path, file.mode());
        } catch (IOException e) {
            throw disk("writing " + path, e);
        }
    }

    /**
     * The extents of each chunk, the chunks in the order in which the file first needs them: a file
     * that is scattered opens each chunk once all the same.
     */
    private static Collection<List<Extent>> byChunk(FileMap map) {
        Map<ChunkRef, List<Extent>> chunks = new LinkedHashMap<>();
        for (Extent extent : map.extents()) {
            chunks.computeIfAbsent(extent.slice().chunk(), chunk -> new ArrayList<>(1)).add(extent);
        }
        return chunks.values();
    }

    /** Writes the extents of one chunk; returns where the last of them ends in the file. */
    private long writeExtents(FileChannel channel, List<Extent> extents) throws IOException {
        int from = Integer.MAX_VALUE;
        int to = 0;
        for (Extent extent : extents) {
            from = Math.min(from, extent.slice().offset());
            to = Math.max(to, extent.slice().offset() + extent.slice().length());
        }
        byte[] bytes = chunks.read(new Slice(extents.getFirst().slice().chunk(), from, to - from));
        long end = 0;
        for (Extent extent : extents) {
            Slice slice = extent.slice();
            ByteBuffer buffer = ByteBuffer.wrap(bytes, slice.offset() - from, slice.length());
            long at = extent.firstBlock() * FileMap.BLOCK_BYTES;
            end = at + slice.length();
            while (buffer.hasRemaining()) {
                at += channel.write(buffer, at);
            }
        }
        return end;
    }

    private static void setMode(Path path, int mode) throws IOException {
        PosixFilePermission[] all = PosixFilePermission.values();
        EnumSet<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < all.length; i++) {
            if ((mode >> (all.length - 1 - i) & 1) != 0) {
                set.add(all[i]);
            }
        }
        Files.setPosixFilePermissions(path, set);
    }

    private static Failure disk(String what, IOException e) {
        boolean full = String.valueOf(e.getMessage()).contains("No space left");
        return new Failure(
                full ? Code.NO_SPACE : Code.DISK,
                what + " failed: " + e.getMessage(),
                full ? "make room, then ask again" : "look at the disk, then ask again",
                e);
    }
}
