package org.pgkeep.vault.copy;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.VaultSettings;

/** What simulations of whole vaults begin with, and how they read them. */
final class TieredSamples {
    static final ArchiveId ARCHIVE = ArchiveId.parse("0a1b2c3d-0000-4000-8000-000000000001");
    static final VaultKey.KeyFile KEY = VaultKey.KeyFile.random(new SecureRandom());
    static final VaultSettings SMALL = new VaultSettings(3, 64 << 10, 1 << 20, 8, 1);

    private TieredSamples() {}

    /** Makes the ids of a run, and with them the order of its objects, its seed's. */
    static final class Chance extends SecureRandom {
        private static final long serialVersionUID = 1;
        private final Random random;

        Chance(long seed) {
            random = new Random(-seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }
    }

    static Vault open(ObjectStore store, SecureRandom chance) {
        return Vault.open(store, KEY, chance, () -> Instant.EPOCH, SMALL);
    }

    /** Everything that a vault shows: snapshots by {@code s} and id, log by {@code l} and range. */
    static Map<String, String> readAll(Vault vault) {
        Map<String, String> read = new LinkedHashMap<>();
        Archive archive = vault.archive(ARCHIVE);
        for (SnapshotId id : archive.snapshotIds()) {
            List<String> contents = new ArrayList<>();
            for (TreeEntry entry : archive.tree(id)) {
                TreeEntry.RegularFile file = (TreeEntry.RegularFile) entry;
                for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
                    byte[] bytes = vault.reader().read(extent.slice());
                    contents.add(HexFormat.of().formatHex(bytes));
                }
            }
            read.put("s" + id, String.join("+", contents));
        }
        for (LogRange range : archive.logs(1)) {
            archive.readLog(range)
                    .ifPresent(bytes -> read.put("l" + range, HexFormat.of().formatHex(bytes)));
        }
        return read;
    }
}
