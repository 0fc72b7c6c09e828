package org.pgkeep.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Census;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;

/**
 * Writers, readers, those who delete and those who sweep, all at once and all mortal, over a store
 * that lets others act between any two of a sweep's steps and dies in the middle of it; with a
 * clock that jumps. One thread, one seed. Whatever happens, every snapshot that exists can be read,
 * and every snapshot that somebody alive reads, too; and in the end nothing is left that nobody
 * needs.
 *
 * <p>{@code -Dpgkeep.seed=N} runs one alone, {@code -Dpgkeep.seeds=N} so many.
 */
class SweepSimulationTest {
    private static final int RUNS = 100;

    @Test
    void nothingNeededIsEverRemovedAndNothingElseStays() {
        Long only = Long.getLong("pgkeep.seed");
        long from = only == null ? 1 : only;
        long to = only == null ? Integer.getInteger("pgkeep.seeds", RUNS) : only;
        int removed = 0;
        int published = 0;
        int resumed = 0;
        for (long seed = from; seed <= to; seed++) {
            World world = new World(seed);
            try {
                world.run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            removed += world.removed;
            published += world.published;
            resumed += world.resumed;
        }
        if (only == null) {
            assertThat(removed).as("objects removed in the middle of it").isPositive();
            assertThat(published).as("snapshots published").isPositive();
            assertThat(resumed).as("files of the dead that were gone on with").isPositive();
        }
    }

    /** A store that lets others act before each step, and dies after some. */
    private static final class Crowded extends ForwardingStore {
        private final World world;
        private int stepsLeft;

        Crowded(World world, int stepsLeft) {
            super(world.store);
            this.world = world;
            this.stepsLeft = stepsLeft;
        }

        private void step() {
            world.interrupted();
            if (stepsLeft-- <= 0) {
                throw new Failure(Code.STORE_UNAVAILABLE, "the sweep died", "none");
            }
        }

        @Override
        public PutOutcome putIfAbsent(ObjectName name, byte[] content) {
            step();
            return super.putIfAbsent(name, content);
        }

        @Override
        public Optional<byte[]> range(ObjectName name, long offset, int length) {
            step();
            return super.range(name, offset, length);
        }

        @Override
        public List<StoredObject> list(String prefix) {
            if (!prefix.startsWith(Names.PACKS_PREFIX) || prefix.endsWith("00/")) {
                step();
            }
            return super.list(prefix);
        }

        @Override
        public void delete(ObjectName name) {
            step();
            world.removed++;
            super.delete(name);
        }
    }

    /** Somebody who takes a snapshot, one step after the other. */
    private static final class Writer {
        final ArchiveId archive;
        final HeldLease lease;
        final SnapshotId id;
        final Optional<SnapshotId> base;
        final List<TreeEntry> tree = new ArrayList<>();
        final List<byte[]> contents = new ArrayList<>();
        boolean asleep;
        boolean slept;
        int packsLeft;

        /** What it stored itself, of which it needs nobody else's packs. */
        final Set<String> own = new HashSet<>();

        /** Goes on with what another one stored before it died. */
        void takeOver(Writer cut) {
            for (int i = 0; i < cut.tree.size(); i++) {
                if (cut.own.contains(cut.tree.get(i).path())) {
                    own.add(cut.tree.get(i).path());
                    tree.add(cut.tree.get(i));
                    contents.add(cut.contents.get(i));
                }
            }
        }

        Writer(ArchiveId archive, HeldLease lease, SnapshotId id, Optional<SnapshotId> base) {
            this.archive = archive;
            this.lease = lease;
            this.id = id;
            this.base = base;
        }
    }

    private record Reader(HeldLease lease, Lease.Reading reading, AtomicBoolean asleep) {}

    private static final class World {
        final Random random;
        final MemoryStore store = new MemoryStore();
        final Vault vault;
        final List<ArchiveId> archives = new ArrayList<>();
        final Set<ArchiveId> purged = new HashSet<>();
        final Map<Lease.Reading, List<byte[]>> truth = new LinkedHashMap<>();
        final Set<Lease.Reading> deleted = new HashSet<>();
        final List<Writer> writers = new ArrayList<>();
        final List<Reader> readers = new ArrayList<>();
        final List<Writer> dead = new ArrayList<>();
        Instant now = SampleVault.NOON;
        int depth;
        boolean silent;
        int removed;
        int published;
        int resumed;
        int files;

        World(long seed) {
            random = new Random(seed);
            vault = SampleVault.create(store);
            for (int i = 0; i < 2; i++) {
                archives.add(new ArchiveId(new UUID(random.nextLong(), i + 1)));
            }
        }

        void run() {
            for (int i = 0; i < 60; i++) {
                act();
                check();
            }
            settle();
        }

        void act() {
            int what = random.nextInt(14);
            boolean sweeps = what == 11 || what == 12;
            if (silent && !(sweeps && depth == 0)) {
                renewAll();
            }
            switch (what) {
                case 0, 1 -> beginWriting();
                case 2, 3, 4, 5 -> write();
                case 6 -> beginReading();
                case 7 -> endReading();
                case 8 -> delete();
                case 9 -> dieOrSleep();
                case 10 -> pass();
                case 11, 12 -> {
                    sweep(random.nextInt(4) == 0 ? random.nextInt(60) : 100_000);
                    renewAll();
                }
                default -> purge();
            }
        }

        /** Others act between two steps of a sweep, but not for ever. */
        void interrupted() {
            if (depth < 3 && random.nextInt(12) == 0) {
                depth++;
                act();
                depth--;
            }
        }

        Leases leases() {
            return new Leases(vault, () -> now);
        }

        void beginWriting() {
            if (writers.size() > 3) {
                return;
            }
            ArchiveId archive = archives.get(random.nextInt(archives.size()));
            if (purged.contains(archive)) {
                return;
            }
            List<SnapshotId> there = vault.archive(archive).snapshotIds();
            Optional<SnapshotId> base =
                    there.isEmpty() ? Optional.empty() : Optional.of(there.getLast());
            SnapshotId id = SnapshotId.at(now, random);
            List<Lease.Reading> reads =
                    base.map(it -> new Lease.Reading(archive, it)).stream().toList();
            Optional<Writer> cut =
                    dead.stream().filter(each -> each.archive.equals(archive)).findFirst();
            Optional<HeldLease> left = Optional.empty();
            if (cut.isPresent()) {
                dead.remove(cut.get());
                left =
                        leases().takeOver(
                                        cut.get().lease.lease().id(),
                                        Lease.Purpose.SNAPSHOT,
                                        archive,
                                        reads);
            }
            HeldLease lease =
                    left.orElseGet(() ->
                            leases().take(id.value(), Lease.Purpose.SNAPSHOT, archive, reads));
            // what was deleted before the lease can't be built on
            if (base.isPresent() && vault.archive(archive).snapshot(base.get()).isEmpty()) {
                base = Optional.empty();
            }
            Writer writer = new Writer(archive, lease, id, base);
            writer.packsLeft = 1 + random.nextInt(2);
            if (left.isPresent()) {
                writer.takeOver(cut.orElseThrow());
                resumed += writer.tree.size();
            }
            writers.add(writer);
        }

        void write() {
            if (writers.isEmpty()) {
                return;
            }
            Writer writer = writers.get(random.nextInt(writers.size()));
            if (writer.asleep && random.nextInt(3) > 0) {
                return;
            }
            writer.asleep = false;
            if (writer.packsLeft-- > 0) {
                writePack(writer);
                return;
            }
            writers.remove(writer);
            Lease.Reading reading = new Lease.Reading(writer.archive, writer.id);
            try (writer.lease) {
                writer.lease.renew();
                vault.archive(writer.archive)
                        .publish(new Snapshot(writer.id, Map.of()), writer.tree);
                truth.put(reading, writer.contents);
                if (purged.contains(writer.archive)) {
                    deleted.add(reading);
                }
                published++;
            } catch (Failure failure) {
                assertThat(failure.code()).isEqualTo(Code.INTERRUPTED);
            }
        }

        void writePack(Writer writer) {
            List<TreeEntry> known = new ArrayList<>();
            if (writer.base.isPresent()) {
                known.addAll(vault.archive(writer.archive).tree(writer.base.get()));
            }
            try (PackWriter packs = vault.newPackWriter()) {
                int number = files++;
                // an unchanged file: the map is shared
                if (!known.isEmpty()) {
                    TreeEntry.RegularFile old =
                            (TreeEntry.RegularFile) known.get(random.nextInt(known.size()));
                    writer.tree.add(
                            new TreeEntry.RegularFile(
                                    "same" + number, 0600, 0, old.bytes(), old.map()));
                    writer.contents.add(read(old));
                }
                // a changed file: its map leads into an old pack and a new one
                byte[] block = SampleVault.prose(random.nextLong(), FileMap.BLOCK_BYTES);
                Slice fresh = packs.appendData(block, 0, block.length);
                List<Extent> extents = new ArrayList<>();
                byte[] content = block;
                if (!known.isEmpty() && random.nextBoolean()) {
                    TreeEntry.RegularFile old =
                            (TreeEntry.RegularFile) known.get(random.nextInt(known.size()));
                    Extent first = FileMap.read(vault.reader(), old.map()).extents().getFirst();
                    byte[] before = vault.reader().read(first.slice());
                    extents.add(new Extent(0, first.slice()));
                    extents.add(new Extent(1, fresh));
                    content = new byte[2 * FileMap.BLOCK_BYTES];
                    System.arraycopy(before, 0, content, 0, before.length);
                    System.arraycopy(block, 0, content, FileMap.BLOCK_BYTES, block.length);
                } else {
                    extents.add(new Extent(0, fresh));
                    writer.own.add("f" + number);
                }
                RegionDigest digest = RegionDigest.of(content, 0, content.length);
                byte[] map = new FileMap(extents, List.of(digest)).encode();
                Slice at = packs.appendMap(map, 0, map.length);
                packs.finish();
                writer.tree.add(
                        new TreeEntry.RegularFile("f" + number, 0600, 0, content.length, at));
                writer.contents.add(content);
            } catch (Failure failure) {
                // a sleeper whose lease is gone may find its base gone; it must not publish
                assertThat(failure.code()).isEqualTo(Code.MISSING_OBJECT);
                writers.remove(writer);
                try {
                    writer.lease.renew();
                    fail("the base went under a writer whose lease lives");
                } catch (Failure expected) {
                    assertThat(expected.code()).isEqualTo(Code.INTERRUPTED);
                }
            }
        }

        byte[] read(TreeEntry.RegularFile file) {
            byte[] content = new byte[(int) file.bytes()];
            for (Extent extent : FileMap.read(vault.reader(), file.map()).extents()) {
                byte[] bytes = fresh().reader().read(extent.slice());
                System.arraycopy(bytes, 0, content, (int) extent.firstBlock() * 8192, bytes.length);
            }
            return content;
        }

        /** Without a cache that hides what is gone. */
        Vault fresh() {
            return SampleVault.open(store);
        }

        void beginReading() {
            List<Lease.Reading> live = live();
            if (live.isEmpty()) {
                return;
            }
            Lease.Reading reading = live.get(random.nextInt(live.size()));
            readers.add(
                    new Reader(
                            leases().take(
                                            vault.newId(),
                                            Lease.Purpose.RESTORE,
                                            reading.archive(),
                                            List.of(reading)),
                            reading,
                            new AtomicBoolean()));
        }

        void endReading() {
            if (!readers.isEmpty()) {
                readers.remove(random.nextInt(readers.size())).lease().close();
            }
        }

        void delete() {
            List<Lease.Reading> live = live();
            if (live.size() > 1) {
                Lease.Reading gone = live.get(random.nextInt(live.size()));
                deleted.add(gone);
                new Tombstones(vault)
                        .bury(
                                new Tombstone(
                                        gone.archive(),
                                        Optional.of(gone.snapshot()),
                                        now,
                                        false,
                                        "test"));
            }
        }

        void purge() {
            if (random.nextInt(6) > 0 || purged.size() > 1) {
                return;
            }
            ArchiveId archive = archives.get(random.nextInt(archives.size()));
            if (purged.contains(archive)
                    || writers.stream().anyMatch(each -> each.archive.equals(archive))) {
                return;
            }
            purged.add(archive);
            archives.remove(archive);
            archives.add(new ArchiveId(new UUID(random.nextLong(), 7)));
            truth.keySet().stream()
                    .filter(each -> each.archive().equals(archive))
                    .forEach(deleted::add);
            new Tombstones(vault)
                    .bury(new Tombstone(archive, Optional.empty(), now, true, "purge"));
        }

        void dieOrSleep() {
            if (!writers.isEmpty() && random.nextBoolean()) {
                Writer writer = writers.get(random.nextInt(writers.size()));
                if (random.nextBoolean()) {
                    writers.remove(writer);
                    dead.add(writer);
                } else {
                    writer.asleep = true;
                    writer.slept = true;
                }
            } else if (!readers.isEmpty()) {
                Reader reader = readers.get(random.nextInt(readers.size()));
                reader.asleep().set(true);
            }
        }

        /** Time passes; now and then the clock jumps. Who is awake says so. */
        void pass() {
            if (random.nextInt(10) == 0) {
                // a sweep may look before anybody has had time to say that he lives
                now = now.plus(Duration.ofDays(random.nextBoolean() ? 365 : -40));
                silent = true;
                return;
            }
            now = now.plus(Duration.ofMinutes(random.nextInt(1200)));
            renewAll();
        }

        void renewAll() {
            silent = false;
            for (Writer writer : List.copyOf(writers)) {
                if (!writer.asleep) {
                    try {
                        writer.lease.renew();
                    } catch (Failure failure) {
                        assertThat(writer.slept).as("it slept before it was given up").isTrue();
                        writers.remove(writer);
                    }
                }
            }
            for (Reader reader : readers) {
                if (!reader.asleep().get()) {
                    reader.lease().renew();
                }
            }
        }

        void sweep(int steps) {
            try (Sweep sweep =
                    Sweep.begin(
                            SampleVault.open(new Crowded(this, steps + 10)),
                            () -> now,
                            settings(),
                            () -> now)) {
                sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
            } catch (Failure failure) {
                assertThat(failure.code())
                        .isIn(Code.STORE_UNAVAILABLE, Code.IN_USE, Code.INTERRUPTED);
            }
        }

        SweepSettings settings() {
            return SweepSettings.DEFAULT.withGrace(Duration.ofHours(6));
        }

        List<Lease.Reading> live() {
            return truth.keySet().stream().filter(each -> !deleted.contains(each)).toList();
        }

        void check() {
            Vault fresh = fresh();
            Set<Lease.Reading> readable = new HashSet<>(live());
            readers.stream()
                    .filter(reader -> !reader.asleep().get())
                    .forEach(reader -> readable.add(reader.reading()));
            for (Lease.Reading each : readable) {
                List<byte[]> expected = truth.getOrDefault(each, List.of());
                List<TreeEntry> tree = fresh.archive(each.archive()).tree(each.snapshot());
                assertThat(tree).hasSameSizeAs(expected);
                for (int i = 0; i < tree.size(); i++) {
                    assertThat(read((TreeEntry.RegularFile) tree.get(i)))
                            .isEqualTo(expected.get(i));
                }
            }
            for (Lease.Reading each : live()) {
                assertThat(fresh.archive(each.archive()).snapshotIds()).contains(each.snapshot());
            }
        }

        /** Everybody goes home; a few days later nothing is left but what is needed. */
        void settle() {
            depth = 10;
            writers.clear();
            readers.clear();
            Instant furthest = now.isAfter(SampleVault.NOON) ? now : SampleVault.NOON;
            now = furthest.plus(Duration.ofDays(2000));
            for (int i = 0; i < 14; i++) {
                now = now.plus(Duration.ofHours(9));
                sweep(100_000);
                check();
            }
            assertThat(store.list(Names.LEASES_PREFIX)).isEmpty();
            assertThat(store.list(Names.TOMBSTONES_PREFIX)).isEmpty();
            Set<PackId> needed = new HashSet<>();
            for (Lease.Reading each : live()) {
                for (TreeEntry entry : vault.archive(each.archive()).tree(each.snapshot())) {
                    Slice map = ((TreeEntry.RegularFile) entry).map();
                    needed.add(map.chunk().pack());
                    FileMap.read(vault.reader(), map)
                            .extents()
                            .forEach(extent -> needed.add(extent.slice().chunk().pack()));
                }
            }
            assertThat(new HashSet<>(vault.packs())).isEqualTo(needed);
            long all = store.list("").stream().mapToLong(StoredObject::bytes).sum();
            assertThat(Census.count(vault, SweepPlan.NOTHING, SweepListener.SILENT).total())
                    .isEqualTo(all);
        }
    }
}
