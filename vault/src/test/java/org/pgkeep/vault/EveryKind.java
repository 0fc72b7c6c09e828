package org.pgkeep.vault;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Pins;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;
import org.pgkeep.vault.tier.Redundancy;
import org.pgkeep.vault.tier.TierKeep;
import org.pgkeep.vault.tier.TierList;
import org.pgkeep.vault.tier.TierSettings;

/** A small vault with an object of every kind, and the use of each of them. */
final class EveryKind {
    static final ArchiveId ONE = new ArchiveId(new UUID(0x1111, 1));
    static final ArchiveId TWO = new ArchiveId(new UUID(0x2222, 2));
    static final SnapshotId KEPT = new SnapshotId(new UUID(3, 1));
    static final SnapshotId KEPT_TOO = new SnapshotId(new UUID(3, 2));
    static final SnapshotId BURIED = new SnapshotId(new UUID(3, 3));
    static final Path FORMAT = Path.of("..", "docs", "format.md");
    static final List<String> DOCUMENTS =
            List.of("server", "timeline-2", "holes", "map-defects", "unlogged-1");
    static final VaultKey.KeyFile OTHER = VaultKey.KeyFile.random(SampleVault.RANDOM);
    static final SweepSettings SWEEP =
            new SweepSettings(Duration.ofDays(1), true, n -> false, n -> false, Optional.empty());

    private EveryKind() {}

    static MemoryStore sample() {
        MemoryStore store = new MemoryStore();
        Vault vault =
                Vault.create(
                        store,
                        List.of(SampleVault.KEY, OTHER),
                        SampleVault.RANDOM,
                        SampleVault.CLOCK,
                        SampleVault.SMALL);
        fill(vault, KEPT, 0);
        vault.keys().rotate(List.of(OTHER), true);
        vault.resealing().run((done, all) -> {}, () -> false);
        fill(vault, KEPT_TOO, 40);
        fill(vault, BURIED, 80);
        TierSettings near =
                new TierSettings(
                        "near",
                        Redundancy.LOCAL,
                        List.of("/a"),
                        TierKeep.AS_SERVERS,
                        Optional.empty());
        vault.putTiers(TierList.NONE, List.of(near));
        new Pins(vault, ONE).set(KEPT, true, SampleVault.NOON, "audit");
        new Pins(vault, ONE).set(KEPT_TOO, true, SampleVault.NOON, "audit too");
        vault.archive(TWO).putDocument("server", SampleVault.prose(9, 30));
        Tombstones tombstones = new Tombstones(vault);
        tombstones.bury(
                new Tombstone(ONE, Optional.of(BURIED), SampleVault.NOON, false, "expired"));
        tombstones.bury(new Tombstone(TWO, Optional.empty(), SampleVault.NOON, false, "gone"));
        Leases leases = new Leases(vault, SampleVault.CLOCK);
        for (int i = 1; i <= 2; i++) {
            var _ =
                    leases.take(
                            new UUID(5, i),
                            Lease.Purpose.RESTORE,
                            ONE,
                            List.of(new Lease.Reading(ONE, KEPT)));
        }
        sweep(vault, SampleVault.CLOCK);
        store.objects.put(
                Names.dropped(new UUID(6, 6)),
                "packs/00/nothing\n".getBytes(StandardCharsets.US_ASCII));
        return store;
    }

    private static void fill(Vault vault, SnapshotId id, long from) {
        Archive archive = vault.archive(ONE);
        byte[] prose = SampleVault.prose(id.hashCode(), 150);
        Slice map;
        try (PackWriter writer = vault.newPackWriter()) {
            Slice data = writer.appendData(prose, 0, prose.length);
            RegionDigest digest = RegionDigest.of(prose, 0, prose.length);
            byte[] bytes = new FileMap(List.of(new Extent(0, data)), List.of(digest)).encode();
            map = writer.appendMap(bytes, 0, bytes.length);
            writer.finish();
        }
        archive.publish(
                new Snapshot(id, Map.of("name", "n" + from)),
                List.of(
                        new TreeEntry.Directory("", 0700, 1),
                        new TreeEntry.RegularFile("base/1", 0600, 2, prose.length, map)));
        for (String kind : DOCUMENTS) {
            archive.putDocument(kind, SampleVault.noise(id.hashCode() + kind.hashCode(), 40));
        }
        archive.putDocument("b0000000000000002000000281", SampleVault.noise(from, 30));
        archive.putLog(new LogRange(1, from, from + 40), SampleVault.prose(from, 40), 0);
        archive.index()
                .put(
                        new IndexRange(1, from, from + 40),
                        SampleVault.prose(from, 30),
                        SampleVault.noise(from, 50));
    }

    static void sweep(Vault vault, InstantSource clock) {
        try (Sweep sweep = Sweep.begin(vault, clock, SWEEP, clock::instant)) {
            sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
        }
    }

    /** What came out of each use; failures apart. */
    record Outcome(Map<String, String> values, List<Failure> failures) {}

    /** Uses every object there is, each apart from the others. */
    static Outcome useEverything(ObjectStore store) {
        Outcome out = new Outcome(new TreeMap<>(), new java.util.ArrayList<>());
        for (VaultKey key : List.of(SampleVault.KEY, OTHER)) {
            String who = key.equals(OTHER) ? "other" : "first";
            each(
                    out,
                    () -> {
                        Vault vault = SampleVault.open(store, key);
                        out.values.put("vault by " + who, vault.id() + " " + vault.createdAt());
                        if (!key.equals(OTHER)) {
                            use(vault, out);
                        }
                    });
        }
        return out;
    }

    private static void use(Vault vault, Outcome out) {
        Map<String, String> values = out.values;
        each(out, () -> values.put("tiers", vault.tiers().toString()));
        each(out, () -> values.put("archives", vault.archives().toString()));
        each(
                out,
                () ->
                        new Tombstones(vault)
                                .all()
                                .forEach(t ->
                                        values.put(
                                                "buried " + t.archive() + t.snapshot(),
                                                t.toString())));
        each(
                out,
                () ->
                        Leases.all(vault).stream()
                                .filter(l -> !l.isUnreadable())
                                .forEach(l -> values.put("lease " + l.id(), l.toString())));
        each(
                out,
                () ->
                        Sweep.rehearse(vault, SampleVault.CLOCK, SWEEP, SampleVault.CLOCK::instant)
                                .run(SweepPlan.NOTHING, SweepListener.SILENT)
                                .troubles()
                                .stream()
                                .filter(text -> text.matches("object (leases|sweeps)/.*"))
                                .map(text -> new Failure(Code.DAMAGED_OBJECT, text, "told"))
                                .forEach(out.failures::add));
        for (PackId pack : vault.packs()) {
            each(out, () -> vault.checkPack(pack));
        }
        for (ArchiveId id : List.of(ONE, TWO)) {
            Archive archive = vault.archive(id);
            each(
                    out,
                    () ->
                            new Pins(vault, id)
                                    .all()
                                    .forEach((snapshot, pin) ->
                                            values.put("pin " + snapshot, pin.toString())));
            java.util.List<String> kinds = new java.util.ArrayList<>(DOCUMENTS);
            kinds.add("b0000000000000002000000281");
            for (String kind : kinds) {
                for (int version : archive.documentVersions(kind)) {
                    each(
                            out,
                            () ->
                                    archive.document(kind, version)
                                            .ifPresent(d ->
                                                    values.put(
                                                            id + kind + version,
                                                            hex(d.content()))));
                }
            }
            for (LogRange range : archive.logs(1)) {
                each(
                        out,
                        () ->
                                archive.readLog(range)
                                        .ifPresent(
                                                bytes -> values.put("log " + range, hex(bytes))));
            }
            for (IndexRange range : archive.index().ranges(1)) {
                each(
                        out,
                        () ->
                                archive.index()
                                        .body(range)
                                        .ifPresent(
                                                bytes -> values.put("body " + range, hex(bytes))));
                each(
                        out,
                        () ->
                                archive.index()
                                        .head(range)
                                        .ifPresent(
                                                bytes -> values.put("head " + range, hex(bytes))));
            }
            for (SnapshotId snapshot : archive.storedSnapshotIds()) {
                each(
                        out,
                        () ->
                                archive.snapshot(snapshot)
                                        .ifPresent(s ->
                                                values.put("head of " + snapshot, s.toString())));
                each(
                        out,
                        () -> {
                            for (TreeEntry entry : archive.tree(snapshot)) {
                                values.put(snapshot + " has " + entry, "");
                                if (entry instanceof TreeEntry.RegularFile file) {
                                    for (Extent extent :
                                            FileMap.read(vault.reader(), file.map()).extents()) {
                                        values.put(
                                                "bytes of " + snapshot,
                                                hex(vault.reader().read(extent.slice())));
                                    }
                                }
                            }
                        });
            }
        }
    }

    private static void each(Outcome out, Runnable use) {
        try {
            use.run();
        } catch (Failure failure) {
            out.failures.add(failure);
        }
    }

    private static String hex(byte[] bytes) {
        return java.util.HexFormat.of().formatHex(bytes);
    }
}
