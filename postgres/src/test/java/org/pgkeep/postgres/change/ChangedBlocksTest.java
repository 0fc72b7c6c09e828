package org.pgkeep.postgres.change;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.change.ChangedBlocks.DatabaseKey;
import org.pgkeep.postgres.change.ChangedBlocks.Fork;
import org.pgkeep.postgres.change.ChangedBlocks.ForkKey;
import org.pgkeep.postgres.files.RelationPart;

/** The map as such; what gets into it is in ChangedBlocksIT. */
class ChangedBlocksTest {
    private static final int FILE_BLOCKS = 131_072;
    private static final long NO_LIMIT = 0xFFFF_FFFFL;

    /** A map, and what it should say, block by block. */
    private record Known(
            ChangedBlocks map, Map<ForkKey, BitSet> changed, Map<ForkKey, Long> limits) {
        boolean mayDiffer(ForkKey fork, int block) {
            return block >= limits.getOrDefault(fork, NO_LIMIT)
                    || changed.getOrDefault(fork, new BitSet()).get(block);
        }
    }

    private static Known random(Random random) {
        Map<ForkKey, BitSet> changed = new HashMap<>();
        Map<ForkKey, Long> limits = new HashMap<>();
        TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        for (int relation = 1; relation <= 3; relation++) {
            ForkKey key = new ForkKey(1663, 5, relation, 0);
            BitSet bits = new BitSet();
            TreeMap<Integer, BlockSet> pieces = new TreeMap<>();
            for (int piece = 0; piece < 2; piece++) {
                BlockSet.Collector collector = new BlockSet.Collector();
                int count = 1 << random.nextInt(14);
                boolean dense = random.nextBoolean();
                int start = random.nextInt(FILE_BLOCKS - 20_000);
                for (int i = 0; i < count; i++) {
                    int block = dense ? start + i : random.nextInt(FILE_BLOCKS);
                    collector.add(block);
                    bits.set(piece * FILE_BLOCKS + block);
                }
                pieces.put(piece, collector.set());
            }
            long limit = random.nextInt(3) == 0 ? random.nextInt(2 * FILE_BLOCKS) : NO_LIMIT;
            forks.put(key, new Fork(limit, pieces).trimmed());
            changed.put(key, bits);
            limits.put(key, limit);
        }
        ChangedBlocks map =
                new ChangedBlocks(
                        forks,
                        new TreeSet<>(),
                        Collections.emptySortedSet(),
                        Collections.emptySortedSet());
        return new Known(map, changed, limits);
    }

    private static RelationPart part(int relation, int segment) {
        return new RelationPart(
                new RelationFile(1663, 5, relation), RelationPart.Fork.MAIN, segment);
    }

    @Test
    void saysOfEachBlockWhatItsPartsSay() {
        for (int seed = 0; seed < Integer.getInteger("pgkeep.seeds", 10); seed++) {
            Random random = new Random(seed);
            Known one = random(random);
            Known other = random(random);
            ChangedBlocks joined = join(one.map(), other.map());
            assertThat(join(other.map(), one.map())).as("seed %d", seed).isEqualTo(joined);
            assertThat(join(joined, one.map())).as("seed %d", seed).isEqualTo(joined);
            Packer packer = new Packer(0);
            joined.write(packer);
            ChangedBlocks read = ChangedBlocks.read(new Unpacker(packer.bytes()));
            assertThat(read).as("seed %d", seed).isEqualTo(joined);
            for (int relation = 1; relation <= 4; relation++) {
                ForkKey key = new ForkKey(1663, 5, relation, 0);
                for (int segment = 0; segment < 3; segment++) {
                    FileChanges changes = read.of(part(relation, segment), FILE_BLOCKS);
                    for (int block = 0; block < FILE_BLOCKS; block++) {
                        int absolute = segment * FILE_BLOCKS + block;
                        boolean expected =
                                one.mayDiffer(key, absolute) || other.mayDiffer(key, absolute);
                        if (changes.mayDiffer(block) != expected) {
                            throw new AssertionError(
                                    "seed " + seed + ", relation " + relation + ", " + absolute);
                        }
                    }
                }
            }
        }
    }

    private static ChangedBlocks join(ChangedBlocks... maps) {
        ChangedBlocks.Union union = new ChangedBlocks.Union();
        List.of(maps).forEach(union::add);
        return union.map();
    }

    @Test
    void answersForFilesOfAnyLength() {
        BlockSet.Collector collector = new BlockSet.Collector();
        collector.add(10);
        collector.add(1000);
        TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        forks.put(
                new ForkKey(1663, 5, 1, 0),
                new Fork(NO_LIMIT, new TreeMap<>(Map.of(0, collector.set()))));
        ChangedBlocks map =
                new ChangedBlocks(forks, new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        assertThat(map.of(part(1, 0), 1000).mayDiffer(10)).isTrue();
        assertThat(map.of(part(1, 0), 1000).mayDiffer(0)).isFalse();
        assertThat(map.of(part(1, 1), 1000).mayDiffer(0)).isTrue();
        assertThat(map.of(part(1, 1), 1000).mayDiffer(10)).isFalse();
    }

    @Test
    void vouchesForNoForkThatTheLogDoesNotName() {
        RelationFile file = new RelationFile(1663, 5, 1);
        for (RelationPart.Fork fork :
                List.of(RelationPart.Fork.FREE_SPACE_MAP, RelationPart.Fork.VISIBILITY_MAP)) {
            assertThat(ChangedBlocks.NONE.of(new RelationPart(file, fork, 0), FILE_BLOCKS))
                    .isInstanceOf(FileChanges.Everything.class);
        }
        assertThat(ChangedBlocks.NONE.of(part(1, 0), FILE_BLOCKS).mayDiffer(0)).isFalse();
        assertThat(ChangedBlocks.unknown("so").of(part(1, 0), FILE_BLOCKS))
                .isEqualTo(new FileChanges.Everything("so"));
    }

    @Test
    void forgetsWhatItKnewOfADatabaseThatIsMadeAnew() {
        Known known = random(new Random(1));
        ChangedBlocks remade =
                new ChangedBlocks(
                        new TreeMap<>(),
                        new TreeSet<>(List.of(new DatabaseKey(1663, 5))),
                        new TreeSet<>(),
                        new TreeSet<>());
        ChangedBlocks joined = join(known.map(), remade);
        assertThat(joined.of(part(9, 0), FILE_BLOCKS)).isInstanceOf(FileChanges.Everything.class);
        assertThat(joined).isEqualTo(remade);
    }

    @Test
    void staysSmallWhereOnePageOfAHundredOfATerabyteChanged() {
        Random random = new Random(1);
        TreeMap<ForkKey, Fork> forks = new TreeMap<>();
        for (int relation = 1; relation <= 16; relation++) {
            TreeMap<Integer, BlockSet> pieces = new TreeMap<>();
            for (int piece = 0; piece < 64; piece++) {
                BlockSet.Collector collector = new BlockSet.Collector();
                for (int i = 0; i < FILE_BLOCKS / 100; i++) {
                    collector.add(random.nextInt(FILE_BLOCKS));
                }
                pieces.put(piece, collector.set());
            }
            forks.put(new ForkKey(1663, 5, relation, 0), new Fork(NO_LIMIT, pieces));
        }
        ChangedBlocks map =
                new ChangedBlocks(forks, new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        assertThat(map.namedBlocks()).isGreaterThan(1_300_000);
        assertThat(map.memoryBytes()).isLessThan(3 << 20);
        Packer packer = new Packer(0);
        map.write(packer);
        assertThat(packer.length()).isLessThan(3 << 20);
    }

    @Test
    void refusesWhateverElseTheBytesAre() {
        Packer packer = new Packer(0);
        random(new Random(2)).map().write(packer);
        byte[] good = packer.bytes();
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            byte[] bad = java.util.Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int n = random.nextInt(3); n > 0 && bad.length > 0; n--) {
                bad[random.nextInt(Math.min(bad.length, 200))] = (byte) random.nextInt();
            }
            try {
                ChangedBlocks.read(new Unpacker(bad));
            } catch (IllegalArgumentException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }
}
