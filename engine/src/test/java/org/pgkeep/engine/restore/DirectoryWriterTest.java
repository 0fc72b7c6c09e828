package org.pgkeep.engine.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.PutOutcome;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.StoredObject;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.VaultSettings;
import org.pgkeep.vault.store.DirectoryStore;

class DirectoryWriterTest {
    private static final int BLOCK = FileMap.BLOCK_BYTES;
    private static final int REGIONS = 40;

    private final CountingStore store;
    private final Vault vault;
    private final ServerPlace place;

    DirectoryWriterTest(@TempDir Path home) {
        store =
                new CountingStore(
                        DirectoryStore.make(home.resolve("vault"), InstantSource.system()));
        vault =
                Vault.create(
                        store,
                        List.of(new VaultKey.KeyFile(new byte[32])),
                        new SecureRandom(),
                        InstantSource.system(),
                        // without a cache every chunk that is opened is fetched
                        new VaultSettings(1, 16 << 20, 0, 8, 1));
        place =
                new ServerPlace(
                        new ServerId(new UUID(1, 2)),
                        home.resolve("server"),
                        new LocalSocket(home, 1),
                        new Installation(home, PostgresVersion.parse("17.0")),
                        OperatingSystemUser.forServers(),
                        "nobody");
    }

    @Test
    void opensEachChunkOfAScatteredFileOnce() throws Exception {
        byte[] content = new byte[REGIONS * FileMap.REGION_BYTES];
        new Random(1).nextBytes(content);
        TreeEntry.RegularFile file = scattered(content);
        store.ranges.set(0);
        new DirectoryWriter(vault, Landing.of(place), ProgressListener.NONE)
                .writeFiles(List.of(file));
        assertThat(Files.readAllBytes(place.dataDirectory().resolve("f"))).isEqualTo(content);
        // the pack's front with its index, the map, and the chunks
        assertThat(store.ranges.get()).isLessThanOrEqualTo(REGIONS + 4);
    }

    /** Block i of every region stands in the chunks of round i: a file that was never gathered. */
    private TreeEntry.RegularFile scattered(byte[] content) {
        Extent[] extents = new Extent[REGIONS * FileMap.REGION_BLOCKS];
        List<RegionDigest> digests = new ArrayList<>();
        try (PackWriter packs = vault.newPackWriter()) {
            for (int block = 0; block < FileMap.REGION_BLOCKS; block++) {
                for (int region = 0; region < REGIONS; region++) {
                    int number = region * FileMap.REGION_BLOCKS + block;
                    Slice slice = packs.appendData(content, number * BLOCK, BLOCK);
                    extents[number] = new Extent(number, slice);
                }
            }
            for (int region = 0; region < REGIONS; region++) {
                digests.add(RegionDigest.UNKNOWN);
            }
            byte[] map = new FileMap(List.of(extents), digests).encode();
            Slice at = packs.appendMap(map, 0, map.length);
            packs.finish();
            return new TreeEntry.RegularFile("f", 0600, 0, content.length, at);
        }
    }

    /** Counts what is fetched. */
    private static final class CountingStore implements ObjectStore {
        final AtomicInteger ranges = new AtomicInteger();
        private final ObjectStore to;

        CountingStore(ObjectStore to) {
            this.to = to;
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            return to.putIfAbsent(name, content);
        }

        @Override
        public Optional<byte[]> get(ObjectName name) {
            return to.get(name);
        }

        @Override
        public Optional<byte[]> range(ObjectName name, long offset, int length) {
            ranges.incrementAndGet();
            return to.range(name, offset, length);
        }

        @Override
        public List<StoredObject> list(String prefix) {
            return to.list(prefix);
        }

        @Override
        public void delete(ObjectName name) {
            to.delete(name);
        }

        @Override
        public String location() {
            return to.location();
        }
    }
}
