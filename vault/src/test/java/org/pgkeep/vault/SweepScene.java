package org.pgkeep.vault;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepReport;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;
import org.pgkeep.vault.sweep.Usage;

/** A vault in memory, and what tests of the sweep do with it. */
abstract class SweepScene {
    static final ArchiveId ONE = new ArchiveId(new UUID(1, 1));
    static final ArchiveId TWO = new ArchiveId(new UUID(2, 2));

    final MemoryStore store = new MemoryStore();
    final Vault vault = SampleVault.create(store);
    Instant now = SampleVault.NOON;

    SweepReport sweep() {
        return sweep(SweepSettings.DEFAULT);
    }

    SweepReport sweep(SweepSettings settings) {
        try (Sweep sweep = Sweep.begin(vault, () -> now, settings, () -> now)) {
            return sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
        }
    }

    SweepReport run(SweepPlan plan, boolean dryRun) {
        try (Sweep sweep =
                dryRun
                        ? Sweep.rehearse(vault, () -> now, SweepSettings.DEFAULT, () -> now)
                        : Sweep.begin(vault, () -> now, SweepSettings.DEFAULT, () -> now)) {
            return sweep.run(plan, SweepListener.SILENT);
        }
    }

    SweepPlan purge(ArchiveId archive) {
        return new SweepPlan(
                List.of(new Tombstone(archive, Optional.empty(), now, true, "purged")), List.of());
    }

    void sweepOut() {
        for (int i = 0; i < 5; i++) {
            pass(Duration.ofHours(20));
            sweep();
        }
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    HeldLease read(ArchiveId archive, SnapshotId snapshot) {
        return new Leases(vault, () -> now)
                .take(
                        vault.newId(),
                        Lease.Purpose.RESTORE,
                        archive,
                        List.of(new Lease.Reading(archive, snapshot)));
    }

    void delete(ArchiveId archive, SnapshotId snapshot) {
        new Tombstones(vault)
                .bury(new Tombstone(archive, Optional.of(snapshot), now, false, "test"));
    }

    void putLog(ArchiveId archive, long from, long to) {
        vault.archive(archive).putLog(new LogRange(1, from, to), new byte[(int) (to - from)], 0);
    }

    void abandonedPack() {
        try (PackWriter packs = vault.newPackWriter()) {
            packs.appendData(SampleVault.noise(77, 5000), 0, 5000);
            packs.finish();
        }
    }

    SnapshotId snapshot(ArchiveId archive, long seed, Optional<SnapshotId> base) {
        return snapshot(archive, seed, base, archive);
    }

    /** One new file, and all files of the base unchanged. */
    SnapshotId snapshot(ArchiveId archive, long seed, Optional<SnapshotId> base, ArchiveId of) {
        List<TreeEntry> tree = new ArrayList<>();
        base.ifPresent(id -> tree.addAll(vault.archive(of).tree(id)));
        byte[] bytes = SampleVault.noise(seed, FileMap.BLOCK_BYTES);
        try (PackWriter packs = vault.newPackWriter()) {
            Slice data = packs.appendData(bytes, 0, bytes.length);
            byte[] map =
                    new FileMap(
                                    List.of(new Extent(0, data)),
                                    List.of(RegionDigest.of(bytes, 0, bytes.length)))
                            .encode();
            Slice at = packs.appendMap(map, 0, map.length);
            tree.add(new TreeEntry.RegularFile("f" + seed, 0600, 0, bytes.length, at));
            packs.finish();
        }
        SnapshotId id = SnapshotId.at(SampleVault.NOON.plusSeconds(seed), SampleVault.RANDOM);
        vault.archive(archive).publish(new Snapshot(id, Map.of()), tree);
        return id;
    }

    void assertReadable(ArchiveId archive, SnapshotId id) {
        Vault fresh = SampleVault.open(store);
        for (TreeEntry entry : fresh.archive(archive).tree(id)) {
            FileMap.read(fresh.reader(), ((TreeEntry.RegularFile) entry).map())
                    .extents()
                    .forEach(extent -> fresh.reader().read(extent.slice()));
        }
    }

    static Usage.Bytes bytes(Usage usage, ArchiveId archive) {
        return usage.archives().getOrDefault(archive, Usage.Bytes.NONE);
    }

    long listed(String prefix) {
        return store.list(prefix).stream().mapToLong(StoredObject::bytes).sum();
    }
}
