package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Kills the store at a random write, before it or right after it (the answer is lost), and looks at
 * what is left with new eyes. One seed, one run; a failure names its seed, and {@code
 * -Dpgkeep.seed=N} runs it alone.
 */
class CrashTest {
    private static final int RUNS = 300;
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");

    @Test
    void aSnapshotExistsWholeOrNotAtAllWheneverTheStoreDies() {
        int[] seen = new int[2];
        forEachSeed(seed -> {
            boolean existed = crashWhileBackingUp(seed);
            seen[existed ? 1 : 0]++;
        });
        if (seen[0] + seen[1] > 1) {
            assertThat(seen).as("runs without and with the last snapshot").doesNotContain(0);
        }
    }

    @Test
    void aVaultExistsAndOpensOrDoesNotExistWheneverTheStoreDies() {
        forEachSeed(seed -> {
            Random random = new Random(seed);
            MemoryStore store = new MemoryStore();
            boolean created = false;
            try {
                Vault.create(
                        new DyingStore(store, random.nextInt(5), random.nextBoolean()),
                        List.of(
                                SampleVault.KEY,
                                new VaultKey.Passphrase(new char[] {'x'}),
                                VaultKey.KeyFile.random(SampleVault.RANDOM)),
                        SampleVault.RANDOM,
                        SampleVault.CLOCK,
                        SampleVault.SMALL);
                created = true;
            } catch (Failure e) {
                assertThat(e.code()).isEqualTo(Code.STORE_UNAVAILABLE);
            }
            if (created) {
                assertThat(Vault.exists(store)).isTrue();
            }
            if (!Vault.exists(store)) {
                SampleVault.create(store);
            }
            assertThat(SampleVault.open(store).archives()).isEmpty();
        });
    }

    /** Backs up twice, the second time on a dying store; tells whether the second one exists. */
    private static boolean crashWhileBackingUp(long seed) {
        Random random = new Random(seed);
        MemoryStore store = new MemoryStore();
        SampleVault.create(store);
        Map<SnapshotId, List<byte[]>> truth = new LinkedHashMap<>();
        SnapshotId first = SnapshotId.random(random);
        SnapshotId second = SnapshotId.random(random);
        backUp(SampleVault.open(store), first, random, truth);
        ObjectStore dying = new DyingStore(store, random.nextInt(9), random.nextBoolean());
        boolean published = false;
        try {
            backUp(SampleVault.open(dying), second, random, truth);
            published = true;
        } catch (Failure e) {
            assertThat(e.code()).isEqualTo(Code.STORE_UNAVAILABLE);
        }
        Vault vault = SampleVault.open(store);
        Archive archive = vault.archive(ARCHIVE);
        List<SnapshotId> there = archive.snapshotIds();
        assertThat(there).contains(first);
        if (published) {
            assertThat(there).contains(second);
        }
        for (SnapshotId id : there) {
            assertThat(archive.snapshot(id)).isPresent();
            List<byte[]> read = new ArrayList<>();
            for (TreeEntry entry : archive.tree(id)) {
                if (entry instanceof TreeEntry.RegularFile file) {
                    FileMap map = FileMap.read(vault.reader(), file.map());
                    map.extents().forEach(extent -> read.add(vault.reader().read(extent.slice())));
                }
            }
            assertThat(read).usingElementComparator(Arrays::compare).isEqualTo(truth.get(id));
        }
        vault.packs().forEach(vault::checkPack);
        return there.contains(second);
    }

    private static void backUp(
            Vault vault, SnapshotId id, Random random, Map<SnapshotId, List<byte[]>> truth) {
        List<byte[]> contents = new ArrayList<>();
        List<TreeEntry> tree = new ArrayList<>();
        try (PackWriter writer = vault.newPackWriter()) {
            int files = 1 + random.nextInt(8);
            for (int i = 0; i < files; i++) {
                int length = 1 + random.nextInt(PackWriter.CHUNK_BYTES);
                byte[] bytes = SampleVault.noise(random.nextLong(), length);
                contents.add(bytes);
                Slice data = writer.appendData(bytes, 0, length);
                RegionDigest digest = RegionDigest.of(bytes, 0, length);
                byte[] map = new FileMap(List.of(new Extent(0, data)), List.of(digest)).encode();
                Slice at = writer.appendMap(map, 0, map.length);
                tree.add(new TreeEntry.RegularFile("f" + i, 0600, 0, length, at));
            }
            writer.finish();
        }
        truth.put(id, contents);
        vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of("files", "" + tree.size())), tree);
    }

    private static void forEachSeed(LongConsumer run) {
        Long only = Long.getLong("pgkeep.seed");
        long from = only == null ? 1 : only;
        long to = only == null ? RUNS : only;
        for (long seed = from; seed <= to; seed++) {
            try {
                run.accept(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** Takes so many writes and then none; the fatal one is done or not. */
    private static final class DyingStore extends ForwardingStore {
        private final boolean lastOneIsDone;
        private int writesLeft;

        DyingStore(ObjectStore to, int writes, boolean lastOneIsDone) {
            super(to);
            this.writesLeft = writes;
            this.lastOneIsDone = lastOneIsDone;
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            if (writesLeft > 0) {
                writesLeft--;
                return super.putIfAbsent(name, content);
            }
            if (writesLeft == 0 && lastOneIsDone) {
                super.putIfAbsent(name, content);
            }
            writesLeft = -1;
            throw new Failure(Code.STORE_UNAVAILABLE, "the store died", "none");
        }
    }
}
