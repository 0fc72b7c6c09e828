package org.pgkeep.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.pgkeep.engine.Parallel;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.ChunkRef;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackFigures;
import org.pgkeep.vault.PackId;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.Snapshot;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/**
 * The maps of a database of 1 TB, without its data: 8000 files, 128 Mi pages in all. Writes the
 * maps of a first snapshot, changes so many percent of the pages at random, writes the maps of the
 * second one out of those of the first, and reads all of them back. {@code bench/run} gives it the
 * heap that the real thing would have.
 *
 * <pre>TerabyteMaps [FILES [PERCENT]]</pre>
 */
public final class TerabyteMaps {
    private static final int REGIONS_PER_FILE = 1049;
    private static final int FILES_OF_A_TERABYTE = 8000;
    private static final int PAGES_PER_CHUNK = PackWriter.CHUNK_BYTES / FileMap.BLOCK_BYTES;
    private static final int CHUNKS_PER_PACK = 512;

    private final Vault vault;
    private final Archive archive;
    private final int files;
    private final double share;
    private final AtomicLong pages = new AtomicLong();
    private final AtomicLong extents = new AtomicLong();

    private TerabyteMaps(Path folder, int files, double percent) {
        vault =
                Vault.create(
                        new DirectoryStore(folder),
                        List.of(VaultKey.KeyFile.random(new SecureRandom())),
                        new SecureRandom(),
                        InstantSource.system());
        archive = vault.archive(new ArchiveId(new UUID(1, 1)));
        this.files = files;
        share = percent / 100;
    }

    /** Runs it once. */
    public static void main(String[] args) throws IOException {
        int files = args.length > 0 ? Integer.parseInt(args[0]) : FILES_OF_A_TERABYTE;
        double percent = args.length > 1 ? Double.parseDouble(args[1]) : 1;
        Path folder = Files.createTempDirectory("pgkeep-maps");
        try {
            new TerabyteMaps(folder, files, percent).run();
        } finally {
            try (Stream<Path> all = Files.walk(folder)) {
                all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            }
        }
    }

    private void run() {
        SnapshotId first = new SnapshotId(new UUID(2, 1));
        SnapshotId second = new SnapshotId(new UUID(2, 2));
        timed("first snapshot's maps", () -> write(first, this::firstMap));
        List<TreeEntry> tree = archive.tree(first);
        timed("second snapshot's maps", () -> write(second, file -> nextMap(tree, file)));
        timed("reading them back", () -> read(second));
        Runtime runtime = Runtime.getRuntime();
        System.out.println("heap: " + (runtime.maxMemory() >> 20) + " MiB at most");
    }

    private PackFigures write(SnapshotId id, IntFunction<FileMap> maps) {
        AtomicInteger next = new AtomicInteger();
        TreeEntry[] tree = new TreeEntry[files];
        Callable<PackFigures> work =
                () -> {
                    try (PackWriter packs = vault.newPackWriter()) {
                        for (int i = next.getAndIncrement();
                                i < files;
                                i = next.getAndIncrement()) {
                            byte[] map = maps.apply(i).encode();
                            Slice at = packs.appendMap(map, 0, map.length);
                            long bytes = (long) REGIONS_PER_FILE * FileMap.REGION_BYTES;
                            tree[i] = new TreeEntry.RegularFile("f" + i, 0600, 0, bytes, at);
                        }
                        return packs.finish();
                    }
                };
        PackFigures all =
                Parallel.run("maps", work).stream()
                        .reduce(new PackFigures(0, 0, 0), PackFigures::plus);
        archive.publish(new Snapshot(id, Map.of()), List.of(tree));
        return all;
    }

    /** Every region stands in a chunk of its own. */
    private FileMap firstMap(int file) {
        SplittableRandom random = new SplittableRandom(file);
        List<Extent> extents = new ArrayList<>(REGIONS_PER_FILE);
        List<RegionDigest> digests = new ArrayList<>(REGIONS_PER_FILE);
        for (int region = 0; region < REGIONS_PER_FILE; region++) {
            long number = (long) file * REGIONS_PER_FILE + region;
            PackId pack = new PackId(new UUID(number / CHUNKS_PER_PACK * 0x9E3779B97F4A7C15L, 7));
            ChunkRef chunk = new ChunkRef(pack, (int) (number % CHUNKS_PER_PACK));
            Slice slice = new Slice(chunk, 0, PackWriter.CHUNK_BYTES);
            extents.add(new Extent((long) region * FileMap.REGION_BLOCKS, slice));
            digests.add(new RegionDigest(random.nextLong(), random.nextLong()));
        }
        return new FileMap(extents, digests);
    }

    /** The map of the first snapshot with some pages in new chunks. */
    private FileMap nextMap(List<TreeEntry> tree, int file) {
        FileMap old = map(tree.get(file));
        SplittableRandom random = new SplittableRandom(-1L - file);
        List<Extent> extents = new ArrayList<>();
        List<RegionDigest> digests = new ArrayList<>(old.digests());
        PackId pack = new PackId(new UUID(random.nextLong(), 8));
        int changed = 0;
        for (Extent extent : old.extents()) {
            int from = 0;
            for (int page = 0; page < extent.blocks(); page++) {
                if (random.nextDouble() < share) {
                    addPart(extents, extent, from, page);
                    int place = changed % PAGES_PER_CHUNK * FileMap.BLOCK_BYTES;
                    ChunkRef chunk = new ChunkRef(pack, changed / PAGES_PER_CHUNK);
                    Slice slice = new Slice(chunk, place, FileMap.BLOCK_BYTES);
                    extents.add(new Extent(extent.firstBlock() + page, slice));
                    digests.set(
                            (int) (extent.firstBlock() / FileMap.REGION_BLOCKS),
                            new RegionDigest(random.nextLong(), random.nextLong()));
                    changed++;
                    from = page + 1;
                }
            }
            addPart(extents, extent, from, extent.blocks());
        }
        pages.addAndGet(changed);
        return new FileMap(extents, digests);
    }

    private static void addPart(List<Extent> extents, Extent whole, int from, int to) {
        if (from < to) {
            Slice slice = whole.slice();
            int offset = slice.offset() + from * FileMap.BLOCK_BYTES;
            Slice part = new Slice(slice.chunk(), offset, (to - from) * FileMap.BLOCK_BYTES);
            extents.add(new Extent(whole.firstBlock() + from, part));
        }
    }

    private PackFigures read(SnapshotId id) {
        List<TreeEntry> tree = archive.tree(id);
        AtomicInteger next = new AtomicInteger();
        AtomicLong blocks = new AtomicLong();
        Callable<Boolean> work =
                () -> {
                    for (int i = next.getAndIncrement(); i < files; i = next.getAndIncrement()) {
                        FileMap map = map(tree.get(i));
                        extents.addAndGet(map.extents().size());
                        map.extents().forEach(extent -> blocks.addAndGet(extent.blocks()));
                    }
                    return true;
                };
        Parallel.run("maps", work);
        if (blocks.get() != (long) files * REGIONS_PER_FILE * FileMap.REGION_BLOCKS) {
            throw new IllegalStateException("pages came back: " + blocks);
        }
        System.out.println(pages + " pages changed, " + extents + " extents in all maps");
        return new PackFigures(0, 0, 0);
    }

    private FileMap map(TreeEntry entry) {
        return FileMap.read(vault.reader(), ((TreeEntry.RegularFile) entry).map());
    }

    private static void timed(String what, Callable<PackFigures> step) {
        long began = System.nanoTime();
        PackFigures figures;
        try {
            figures = step.call();
        } catch (Exception e) {
            throw new IllegalStateException(what + " failed", e);
        }
        System.out.println(
                String.format(
                        Locale.ROOT,
                        "%s: %.1f s, %d MiB clear, %d MiB stored",
                        what,
                        (System.nanoTime() - began) / 1e9,
                        figures.clearBytes() >> 20,
                        figures.storedBytes() >> 20));
    }
}
