package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/**
 * Two programs work on one vault in a place that fails in every way it can. After each step an
 * honest reader looks: nothing that was acknowledged is missing, nothing that is referred to is
 * missing, nothing reads as other bytes. Readers in the place itself may be told of failures, and
 * never get wrong bytes.
 */
class SimulationTest {
    private static final int STEPS = 40;
    private static final int FAULTS_IN_HUNDRED = 6;
    private static final ArchiveId ARCHIVE =
            ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");

    /** What may be said about a place like this. */
    private static final Set<Code> WORDS =
            EnumSet.of(
                    Code.STORE_UNAVAILABLE,
                    Code.DAMAGED_OBJECT,
                    Code.MISSING_OBJECT,
                    Code.NEWER_FORMAT,
                    Code.WRONG_KEY,
                    Code.WRONG_PLACE,
                    Code.WRONG_STATE,
                    Code.NO_KEY,
                    Code.BAD_ARGUMENT,
                    Code.INTERRUPTED);

    @Seeded(40)
    void nothingIsLostAndNothingReadsWrongWhateverThePlaceDoes(long seed) {
        new Run(seed).go();
    }

    @Seeded(40)
    void aVaultExistsAndOpensWhateverThePlaceDoesToItsMaker(long seed) {
        Random random = new Random(seed);
        MemoryStore held = new MemoryStore();
        SimulatedStore place = new SimulatedStore(held, random, 25);
        boolean made = false;
        try {
            SampleVault.create(place);
            made = true;
        } catch (Failure e) {
            assertThat(e.code()).isIn(WORDS);
        }
        assertThat(Vault.exists(held) || !made).isTrue();
        if (Vault.exists(held)) {
            SampleVault.open(held);
        }
    }

    /** One seed. */
    private static final class Run {
        private final Random random;
        private final MemoryStore held = new MemoryStore();
        private final SimulatedStore place;
        private final List<VaultKey> keys = new ArrayList<>(List.of(SampleVault.KEY));
        private final Vault[] programs = new Vault[2];

        /** What a snapshot, document or piece of log must read as, if it is there. */
        private final Map<String, String> truth = new LinkedHashMap<>();

        /** The names of those that were acknowledged, and have to be there. */
        private final List<String> acknowledged = new ArrayList<>();

        private final Map<SnapshotId, List<TreeEntry>> trees = new LinkedHashMap<>();
        private int acknowledgedVersion;
        private int position;
        private String step = "begin";

        Run(long seed) {
            random = new Random(seed);
            SampleVault.create(held);
            place = new SimulatedStore(held, random, FAULTS_IN_HUNDRED);
            place.calm(true);
            for (int i = 0; i < programs.length; i++) {
                programs[i] = SampleVault.open(place);
            }
            place.calm(false);
        }

        void go() {
            for (int i = 0; i < STEPS; i++) {
                Vault vault = programs[random.nextInt(programs.length)];
                try {
                    act(vault);
                } catch (Failure e) {
                    if (!WORDS.contains(e.code())) {
                        throw new AssertionError(i + " " + step + ": " + e.code(), e);
                    }
                } catch (RuntimeException e) {
                    throw new AssertionError(i + " " + step + ": " + e, e);
                }
                try {
                    look();
                } catch (Failure | AssertionError e) {
                    throw new AssertionError(
                            "after step " + i + " " + step + ": " + e.getMessage(), e);
                }
                if (random.nextInt(4) == 0) {
                    place.timePasses();
                }
            }
        }

        private void act(Vault vault) {
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> snapshot(vault);
                case 3, 4 -> document(vault);
                case 5, 6 -> log(vault);
                case 7 -> deleteLog(vault);
                case 8 -> rotate(vault);
                case 9 -> reseal(vault);
                case 10 -> addKey(vault);
                case 11 -> removeKey(vault);
                case 12 -> reopen();
                default -> readInThePlace(vault);
            }
        }

        private void snapshot(Vault vault) {
            step = "snapshot";
            SnapshotId id = SnapshotId.random(random);
            List<TreeEntry> tree = new ArrayList<>();
            StringBuilder contents = new StringBuilder();
            try (PackWriter writer = vault.newPackWriter()) {
                int files = 1 + random.nextInt(3);
                for (int i = 0; i < files; i++) {
                    byte[] bytes = SampleVault.prose(random.nextLong(), 1 + random.nextInt(900));
                    Slice data = writer.appendData(bytes, 0, bytes.length);
                    RegionDigest digest = RegionDigest.of(bytes, 0, bytes.length);
                    byte[] map =
                            new FileMap(List.of(new Extent(0, data)), List.of(digest)).encode();
                    Slice at = writer.appendMap(map, 0, map.length);
                    tree.add(new TreeEntry.RegularFile("new" + i, 0600, 0, bytes.length, at));
                    contents.append("new").append(i).append(hex(bytes));
                }
                writer.finish();
            }
            // and what an earlier one holds, as an unchanged file does
            if (!trees.isEmpty()) {
                List<SnapshotId> earlier = new ArrayList<>(trees.keySet());
                SnapshotId from = earlier.get(random.nextInt(earlier.size()));
                if (acknowledged.contains("snapshot " + from)
                        && trees.getOrDefault(from, tree).getFirst()
                                instanceof TreeEntry.RegularFile file) {
                    tree.add(new TreeEntry.RegularFile("old", 0600, 0, file.bytes(), file.map()));
                    contents.append("old").append(first(truth.get("snapshot " + from)));
                }
            }
            truth.put("snapshot " + id, contents.toString());
            trees.put(id, tree);
            vault.archive(ARCHIVE).publish(new Snapshot(id, Map.of("k", "v")), tree);
            acknowledged.add("snapshot " + id);
        }

        /** The bytes of the first file in what a snapshot must read as. */
        private static String first(@org.jspecify.annotations.Nullable String contents) {
            String text = String.valueOf(contents).substring("new0".length());
            int end = text.indexOf("new1");
            int old = text.indexOf("old");
            return text.substring(0, end >= 0 ? end : old >= 0 ? old : text.length());
        }

        private void document(Vault vault) {
            step = "document";
            byte[] content = SampleVault.prose(random.nextLong(), 1 + random.nextInt(200));
            truth.put("document " + hex(content), "");
            int version = vault.archive(ARCHIVE).putDocument("server", content).version();
            truth.put("version " + version, hex(content));
            acknowledgedVersion = Math.max(acknowledgedVersion, version);
        }

        private void log(Vault vault) {
            step = "log";
            int length = 1 + random.nextInt(300);
            LogRange range = new LogRange(1, position, position + length);
            byte[] bytes = SampleVault.prose(position, length);
            truth.put("log " + range, hex(bytes));
            vault.archive(ARCHIVE).putLog(range, bytes, 0);
            acknowledged.add("log " + range);
            position += length;
        }

        private void deleteLog(Vault vault) {
            step = "delete log";
            List<LogRange> ranges = vault.archive(ARCHIVE).logs(1);
            if (!ranges.isEmpty()) {
                LogRange range = ranges.get(random.nextInt(ranges.size()));
                acknowledged.remove("log " + range);
                vault.archive(ARCHIVE).deleteLog(range);
            }
        }

        private void rotate(Vault vault) {
            step = "rotate";
            vault.keys().rotate(keys.stream().skip(1).toList(), true);
        }

        private void reseal(Vault vault) {
            step = "reseal";
            int[] left = {1 + random.nextInt(20)};
            vault.resealing().run((_, _) -> {}, () -> left[0]-- == 0);
        }

        private void addKey(Vault vault) {
            step = "add key";
            if (keys.size() < 4) {
                VaultKey.KeyFile key = VaultKey.KeyFile.random(SampleVault.RANDOM);
                vault.keys().add(key, "");
                keys.add(key);
            }
        }

        private void removeKey(Vault vault) {
            step = "remove key";
            if (keys.size() > 1) {
                List<KeyInfo> others =
                        vault.keys().list().stream().filter(key -> !key.own()).toList();
                // the key counts as gone from here on, whatever the answer
                keys.subList(1, keys.size()).clear();
                others.forEach(key -> vault.keys().remove(key.id()));
            }
        }

        private void reopen() {
            step = "reopen";
            programs[random.nextInt(programs.length)] = SampleVault.open(place);
        }

        private void readInThePlace(Vault vault) {
            step = "read";
            read(vault)
                    .forEach((name, content) -> {
                        if (!name.startsWith("newest")) {
                            assertThat(content).as(name).isEqualTo(truth.get(name));
                        }
                    });
        }

        /** What an honest place shows. */
        private void look() {
            Vault vault = SampleVault.open(held);
            Map<String, String> there = read(vault);
            there.forEach((name, content) -> {
                if (name.startsWith("newest")) {
                    int version = Integer.parseInt(name.substring("newest ".length()));
                    assertThat(version).isGreaterThanOrEqualTo(acknowledgedVersion);
                    assertThat(truth).containsKey("document " + content);
                    if (truth.containsKey("version " + version)) {
                        assertThat(content).isEqualTo(truth.get("version " + version));
                    }
                } else {
                    assertThat(content).as(name).isEqualTo(truth.get(name));
                }
            });
            assertThat(there.keySet()).containsAll(acknowledged);
            vault.packs().forEach(vault::checkPack);
            keys.forEach(key -> assertThat(vault.keys().opens(key)).isTrue());
        }

        private static Map<String, String> read(Vault vault) {
            Map<String, String> read = new TreeMap<>();
            Archive archive = vault.archive(ARCHIVE);
            for (SnapshotId id : archive.snapshotIds()) {
                StringBuilder contents = new StringBuilder();
                for (TreeEntry entry : archive.tree(id)) {
                    if (entry instanceof TreeEntry.RegularFile file) {
                        contents.append(file.path());
                        for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
                            contents.append(hex(vault.reader().read(extent.slice())));
                        }
                    }
                }
                read.put("snapshot " + id, contents.toString());
            }
            for (LogRange range : archive.logs(1)) {
                archive.readLog(range).ifPresent(bytes -> read.put("log " + range, hex(bytes)));
            }
            archive.newestDocument("server")
                    .ifPresent(
                            found -> read.put("newest " + found.version(), hex(found.content())));
            return read;
        }

        private static String hex(byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
    }
}
