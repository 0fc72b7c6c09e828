package org.pgkeep.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.postgres.files.ControlFile;
import org.pgkeep.postgres.files.DataFile;
import org.pgkeep.vault.ChunkRef;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.PackFigures;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/** One file, read again and again while it changes. */
class FileReaderTest {
    private static final int BLOCK = FileMap.BLOCK_BYTES;
    private static final ControlFile CLUSTER = cluster();

    private final Path root;
    private final Path vaultFolder;
    private final Vault vault;
    private final Path path;
    private Optional<TreeEntry.RegularFile> known = Optional.empty();
    private PageWatch watch = PageWatch.NONE;

    FileReaderTest(@TempDir Path home) throws IOException {
        root = Files.createDirectory(home.resolve("data"));
        path = root.resolve("f");
        vaultFolder = home.resolve("vault");
        vault =
                Vault.create(
                        DirectoryStore.make(vaultFolder, InstantSource.system()),
                        List.of(new VaultKey.KeyFile(new byte[32])),
                        new SecureRandom(),
                        InstantSource.system());
    }

    /** What one reading did. */
    private record Taken(TreeEntry.RegularFile file, PackFigures packs, long readBytes) {}

    @Test
    void storesOnePercentOfTheBytesWhenOnePercentOfThePagesChangedAtRandom() throws IOException {
        Random random = new Random(1);
        byte[] content = noise(random, 4096 * BLOCK);
        take(content);
        Set<Integer> changed = new HashSet<>();
        while (changed.size() < 41) {
            changed.add(random.nextInt(4096));
        }
        for (int block : changed) {
            content[block * BLOCK + random.nextInt(BLOCK)]++;
        }
        Taken second = take(content);
        long pages = 41L * BLOCK;
        assertThat(second.packs().clearBytes()).isBetween(pages, pages + 8192);
        assertThat(second.packs().storedBytes()).isLessThan(pages + 8192);
        assertThat(read(second.file())).isEqualTo(content);
    }

    @Test
    void storesNothingWhenNothingChanged() throws IOException {
        byte[] content = noise(new Random(2), 100 * BLOCK + 77);
        Taken first = take(content);
        Taken second = take(content);
        assertThat(second.packs()).isEqualTo(new PackFigures(0, 0, 0));
        assertThat(second.file().map()).isEqualTo(first.file().map());
    }

    @Test
    void bringsBackEveryStateOfAFileThatIsChangedCutExtendedAndZeroed() throws IOException {
        long seeds = Long.getLong("pgkeep.seeds", 3);
        for (long seed = 1; seed <= seeds; seed++) {
            known = Optional.empty();
            Random random = new Random(seed);
            byte[] content = noise(random, random.nextInt(80 * BLOCK));
            TreeEntry.RegularFile[] files = new TreeEntry.RegularFile[20];
            byte[][] states = new byte[files.length][];
            for (int i = 0; i < files.length; i++) {
                content = changed(random, content);
                files[i] = take(content).file();
                states[i] = content.clone();
                assertThat(scatter(files[i])).as("seed %d state %d", seed, i).isLessThan(1.01);
            }
            for (int i = 0; i < files.length; i++) {
                assertThat(read(files[i])).as("seed %d state %d", seed, i).isEqualTo(states[i]);
            }
        }
    }

    @Test
    void keepsWhatReadingBackCostsBoundedAndStoresLittleForIt() throws IOException {
        Random random = new Random(3);
        int blocks = 640;
        byte[] content = noise(random, blocks * BLOCK);
        take(content);
        long stored = 0;
        long pages = 0;
        int unbounded = blocks / FileMap.REGION_BLOCKS;
        double worst = 0;
        for (int i = 0; i < 120; i++) {
            Set<Integer> changed = new HashSet<>();
            while (changed.size() < 7) {
                changed.add(random.nextInt(blocks));
            }
            changed.forEach(block -> content[block * BLOCK]++);
            Taken taken = take(content);
            stored += taken.packs().clearBytes();
            pages += 7L * BLOCK;
            unbounded++;
            worst = Math.max(worst, scatter(taken.file()));
        }
        assertThat(unbounded).isGreaterThan(2 * 40 + 2);
        assertThat(worst).isLessThanOrEqualTo(1.0);
        assertThat(stored).isLessThan(pages * 8 / 5);
        assertThat(read(known.orElseThrow())).isEqualTo(content);
    }

    @Test
    void readsOnlyWhatMayHaveChangedAndStaysRightWhenTheWordStops() throws IOException {
        Random random = new Random(4);
        byte[] content = noise(random, 64 * BLOCK + 100);
        take(content);
        content[5 * BLOCK]++;
        content[40 * BLOCK + 7]++;
        byte[] asStored = content.clone();
        // a block the word leaves out is not looked at: that is what the trust is about
        content[50 * BLOCK]++;
        Files.write(path, content);
        Taken second = take(file -> Optional.of(block -> block == 5 || block == 40));
        assertThat(second.readBytes()).isEqualTo(2 * BLOCK + 100);
        assertThat(read(second.file())).isEqualTo(asStored);
        assertThat(map(second.file()).digests().get(0)).isEqualTo(RegionDigest.UNKNOWN);
        assertThat(map(second.file()).digests().get(1)).isNotEqualTo(RegionDigest.UNKNOWN);
        // and once more: a region of which nobody knows the digest is kept as it is
        Taken same = take(file -> Optional.of(block -> block == 60));
        assertThat(map(same.file()).digests().get(0)).isEqualTo(RegionDigest.UNKNOWN);

        Taken third = take(content);
        assertThat(third.packs().clearBytes()).isBetween((long) BLOCK, BLOCK + 2048L);
        assertThat(read(third.file())).isEqualTo(content);
        assertThat(map(third.file()).digests()).doesNotContain(RegionDigest.UNKNOWN);
    }

    @Test
    void readsAllOfAFileThatWasCutOrExtendedWhereTheWordDoesNotReach() throws IOException {
        byte[] content = noise(new Random(5), 40 * BLOCK + 3);
        take(content);
        byte[] longer = Arrays.copyOf(content, 70 * BLOCK + 5);
        Files.write(path, longer);
        assertThat(read(take(file -> Optional.of(block -> false)).file())).isEqualTo(longer);
        byte[] shorter = Arrays.copyOf(content, 20 * BLOCK + 1);
        Files.write(path, shorter);
        assertThat(read(take(file -> Optional.of(block -> false)).file())).isEqualTo(shorter);
    }

    @Test
    void storesAnewWhatItCanNotCompareWithBecauseTheVaultIsDamaged() throws IOException {
        byte[] content = noise(new Random(6), 40 * BLOCK);
        take(content);
        Path pack;
        try (var files = Files.walk(vaultFolder.resolve("packs"))) {
            pack = files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(pack);
        // in the second region's chunk, behind header and index
        bytes[200_000] ^= 1;
        Files.write(pack, bytes);
        content[17 * BLOCK]++;
        Taken second = take(content);
        assertThat(second.packs().clearBytes()).isGreaterThanOrEqualTo(16 * BLOCK);
        assertThat(read(second.file())).isEqualTo(content);

        Files.delete(pack);
        Taken third = take(content);
        assertThat(third.packs().clearBytes()).isGreaterThanOrEqualTo(40 * BLOCK);
        assertThat(read(third.file())).isEqualTo(content);
    }

    @Test
    void opensNoFileOfWhichNothingChanged() throws IOException {
        byte[] content = noise(new Random(8), 9 * BLOCK);
        Taken first = take(content);
        Files.write(path, noise(new Random(9), 9 * BLOCK));
        Taken second = take(file -> Optional.of(block -> false));
        assertThat(second.readBytes()).isZero();
        assertThat(second.file().map()).isEqualTo(first.file().map());
        // a watch that wants to look at it does
        watch = new PageWatch(new Lsn(0), new Lsn(-1), true, 1, 0);
        assertThat(take(file -> Optional.of(block -> false)).readBytes()).isEqualTo(9 * BLOCK);
        assertThat(watch.found()).hasSize(9);
        // one that grew is read, too
        watch = PageWatch.NONE;
        Files.write(path, noise(new Random(9), 10 * BLOCK));
        assertThat(take(file -> Optional.of(block -> false)).readBytes()).isPositive();
    }

    // correctness.md 10 and 11: what gives a map away that is too small, and what does not
    @Test
    void looksAtPagesThatTheWordLeavesOut() throws IOException {
        int blocks = 64;
        byte[] content = noise(new Random(7), blocks * BLOCK + 100);
        for (int block = 0; block < blocks; block++) {
            lsn(content, block, 50);
        }
        take(content);
        lsn(content, 3, 150); // in the stretch, and named
        lsn(content, 20, 150); // in the stretch, and not named
        lsn(content, 21, 250); // behind it: WAL brings it back
        content[33 * BLOCK + 100]++; // differs, and its LSN is old
        content[blocks * BLOCK + 5]++; // no page
        Files.write(path, content);
        ChangedBlocks word = file -> Optional.of(block -> block == 3);
        Optional<TreeEntry.RegularFile> base = known;

        watch = new PageWatch(new Lsn(100), new Lsn(200), true, 1, 0);
        Taken all = take(word);
        assertThat(all.readBytes()).isEqualTo(content.length);
        assertThat(watch.found()).extracting(PageWatch.Found::block).containsExactly(20L, 33L);
        assertThat(read(all.file())).isEqualTo(content);

        // without checksums hint bits are not logged
        known = base;
        watch = new PageWatch(new Lsn(100), new Lsn(200), false, 1, 0);
        take(word);
        assertThat(watch.found()).extracting(PageWatch.Found::block).containsExactly(20L);

        // one region of four each time, in four times all
        List<Long> found = new java.util.ArrayList<>();
        long read = 0;
        for (int turn = 0; turn < 4; turn++) {
            known = base;
            watch = new PageWatch(new Lsn(100), new Lsn(200), true, 4, turn);
            read += take(word).readBytes();
            watch.found().forEach(each -> found.add(each.block()));
        }
        assertThat(found).containsExactlyInAnyOrder(20L, 33L);
        assertThat(read).isBetween(64L * BLOCK, 72L * BLOCK);
    }

    private static void lsn(byte[] content, int block, int value) {
        java.nio.ByteBuffer page =
                java.nio.ByteBuffer.wrap(content).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        page.putInt(block * BLOCK, 0).putInt(block * BLOCK + 4, value);
    }

    // ---- one snapshot of the file

    private Taken take(byte[] content) throws IOException {
        Files.write(path, content);
        return take(ChangedBlocks.NO_WORD);
    }

    private Taken take(ChangedBlocks word) throws IOException {
        DataFile.RegularFile file =
                new DataFile.RegularFile("f", 0600, 0, Files.size(path), new DataFile.Other());
        try (PackWriter packs = vault.newPackWriter()) {
            FileReader reader =
                    new FileReader(
                            root,
                            vault.reader(),
                            Set.copyOf(vault.packs()),
                            packs,
                            CLUSTER,
                            new Lsn(0),
                            word,
                            watch,
                            Unfinished.open(Optional.empty()).hand(),
                            Pace.ofMachine(0).step(),
                            bytes -> {});
            TreeEntry entry = reader.read(file, known).orElseThrow();
            Taken taken =
                    new Taken((TreeEntry.RegularFile) entry, packs.finish(), reader.readBytes());
            known = Optional.of(taken.file());
            return taken;
        }
    }

    private FileMap map(TreeEntry.RegularFile file) {
        return FileMap.read(vault.reader(), file.map());
    }

    private byte[] read(TreeEntry.RegularFile file) {
        byte[] bytes = new byte[(int) file.bytes()];
        for (Extent extent : map(file).extents()) {
            byte[] run = vault.reader().read(extent.slice());
            System.arraycopy(run, 0, bytes, (int) extent.firstBlock() * BLOCK, run.length);
        }
        return bytes;
    }

    /** Chunks that reading the file opens, as a share of what the rule allows. */
    private double scatter(TreeEntry.RegularFile file) {
        Set<ChunkRef> chunks = new HashSet<>();
        Set<Long> regions = new HashSet<>();
        for (Extent extent : map(file).extents()) {
            chunks.add(extent.slice().chunk());
            regions.add(extent.firstBlock() / FileMap.REGION_BLOCKS);
            assertThat((extent.endBlock() - 1) / FileMap.REGION_BLOCKS)
                    .as("extents stay in their region")
                    .isEqualTo(extent.firstBlock() / FileMap.REGION_BLOCKS);
        }
        int most = Gathering.CHUNKS_PER_REGION * regions.size() + Gathering.CHUNKS_SPARE;
        return (double) chunks.size() / most;
    }

    // ---- contents

    private static byte[] noise(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] changed(Random random, byte[] content) {
        byte[] next = content.clone();
        switch (random.nextInt(6)) {
            case 0 -> next = Arrays.copyOf(next, random.nextInt(next.length + 1));
            case 1 -> {
                int more = random.nextInt(30 * BLOCK);
                next = Arrays.copyOf(next, next.length + more);
                if (random.nextBoolean()) {
                    System.arraycopy(noise(random, more), 0, next, next.length - more, more);
                }
            }
            case 2 -> {
                int from = random.nextInt(next.length + 1);
                int to = from + random.nextInt(next.length - from + 1);
                Arrays.fill(next, from, to, (byte) 0);
            }
            default -> {
                for (int i = random.nextInt(12); i > 0 && next.length > 0; i--) {
                    next[random.nextInt(next.length)]++;
                }
            }
        }
        return next;
    }

    private static ControlFile cluster() {
        return new ControlFile(
                1,
                1300,
                202209061,
                ControlFile.State.IN_PRODUCTION,
                Instant.EPOCH,
                new Lsn(1),
                new Lsn(1),
                new TimelineId(1),
                new TimelineId(1),
                Instant.EPOCH,
                new Lsn(0),
                0,
                1,
                new ControlFile.Settings(100, 8, 10, 0, 64, false, false),
                BLOCK,
                131072,
                BLOCK,
                16 << 20,
                0);
    }
}
