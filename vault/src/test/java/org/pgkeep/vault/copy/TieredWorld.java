package org.pgkeep.vault.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveId;
import org.pgkeep.vault.Extent;
import org.pgkeep.vault.FileMap;
import org.pgkeep.vault.Forms;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.RegionDigest;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.Snapshot;
import org.pgkeep.vault.SnapshotId;
import org.pgkeep.vault.TreeEntry;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.lease.HeldLease;
import org.pgkeep.vault.lease.Lease;
import org.pgkeep.vault.lease.Leases;
import org.pgkeep.vault.sweep.Sweep;
import org.pgkeep.vault.sweep.SweepListener;
import org.pgkeep.vault.sweep.SweepPlan;
import org.pgkeep.vault.sweep.SweepSettings;
import org.pgkeep.vault.sweep.Tombstone;
import org.pgkeep.vault.sweep.Tombstones;
import org.pgkeep.vault.sync.GeoStore;
import org.pgkeep.vault.sync.Pace;
import org.pgkeep.vault.sync.Scrub;
import org.pgkeep.vault.sync.TierSync;

/** Places, the programs that work on them, and what befalls both. One thread, one seed. */
class TieredWorld {
    private static final ArchiveId ARCHIVE = TieredSamples.ARCHIVE;

    /** What may be said about such places, to a program that works on. */
    private static final Set<Code> WORDS =
            EnumSet.of(
                    Code.STORE_UNAVAILABLE,
                    Code.WRONG_STATE,
                    Code.WRONG_PLACE,
                    Code.IN_USE,
                    Code.INTERRUPTED);

    /** Ends a program where it stands. */
    static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** How the first tier is made. */
    enum Shape {
        LOCAL(1),
        GEO(2),
        ZONE(3);

        final int places;

        Shape(int places) {
            this.places = places;
        }
    }

    /** A process. What it knows goes with it when it dies. */
    static final class Program {
        final ObjectStore store;
        final TierSync sync;
        final Vault vault;

        Program(ObjectStore store, TierSync sync, Vault vault) {
            this.store = store;
            this.sync = sync;
            this.vault = vault;
        }
    }

    final Random random;
    final SecureRandom chance;
    final Shape shape;
    final List<FaultyPlace> first = new ArrayList<>();
    final FaultyPlace second;
    final List<@Nullable Program> programs = new ArrayList<>();
    final List<String> history = new ArrayList<>();

    /** What a snapshot or a piece of log must read as, if it is there. */
    final Map<String, String> truth = new HashMap<>();

    final Map<SnapshotId, TreeEntry.RegularFile> reusable = new LinkedHashMap<>();
    final Set<String> acknowledged = new LinkedHashSet<>();
    final Set<String> deleted = new LinkedHashSet<>();
    final Set<String> inSecond = new LinkedHashSet<>();
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    @Nullable Rot rot;
    boolean calm = true;

    /** Whether a place did not answer since the newest act began. */
    boolean unanswered;

    int running;
    int depth;
    int position;

    /** A copy that is not as it was written. */
    static final class Rot {
        final FaultyPlace place;
        final ObjectName name;
        final byte[] bad;

        Rot(FaultyPlace place, ObjectName name, byte[] bad) {
            this.place = place;
            this.name = name;
            this.bad = bad;
        }
    }

    TieredWorld(long seed) {
        random = new Random(seed);
        chance = new TieredSamples.Chance(seed);
        shape = Shape.values()[(int) (seed % Shape.values().length)];
        for (int number = 1; number <= shape.places; number++) {
            first.add(new FaultyPlace(number, this::pass));
        }
        second = new FaultyPlace(9, this::pass);
        if (shape == Shape.ZONE) {
            ZoneFounding.found(List.copyOf(first), new UUID(1, seed));
        }
        Vault.create(
                store(first), List.of(TieredSamples.KEY), chance, () -> now, TieredSamples.SMALL);
        // the notes of a paired region are one process'
        for (int i = 0; i < (shape == Shape.GEO ? 1 : 2); i++) {
            programs.add(null);
            start(i);
        }
        calm = false;
    }

    ObjectStore store(List<FaultyPlace> places) {
        return switch (shape) {
            case LOCAL -> places.getFirst();
            case GEO -> new GeoStore(places.get(0), places.get(1), () -> now, CopyEvents.NONE);
            case ZONE ->
                    new ZoneStore(
                            List.<ObjectStore>copyOf(places),
                            () -> now,
                            CopyEvents.NONE,
                            Crew.inOrder());
        };
    }

    void start(int number) {
        ObjectStore store = store(first);
        Vault vault = TieredSamples.open(store, chance);
        TierSync sync =
                new TierSync(store, second, () -> now, CopyEvents.NONE, SnapshotNeeds.in(vault));
        programs.set(number, new Program(store, sync, vault));
    }

    /** Every step of every program comes by here. */
    boolean pass(FaultyPlace place, String step) {
        if (calm) {
            return false;
        }
        if (depth == 0 && programs.size() > 1 && random.nextInt(60) == 0) {
            int here = running;
            depth++;
            running = 1 - here;
            act();
            running = here;
            depth--;
        }
        if (random.nextInt(400) == 0) {
            history.add("program " + running + " dies at " + place.number + ": " + step);
            throw new Died();
        }
        boolean lost = random.nextInt(60) == 0;
        unanswered |= lost || place.away;
        return lost;
    }

    /** One act of the running program. */
    void act() {
        weather();
        unanswered &= depth > 0;
        try {
            @Nullable Program program = programs.get(running);
            if (program == null) {
                history.add("program " + running + " starts");
                start(running);
                return;
            }
            act(program);
        } catch (Died died) {
            programs.set(running, null);
        } catch (Failure failure) {
            history.add("program " + running + ": " + failure.message());
            if (!WORDS.contains(failure.code()) && !isUnhealable(failure)) {
                throw failure;
            }
        }
    }

    void act(Program program) {
        int what = random.nextInt(22);
        history.add("program " + running + " does " + what + " at " + now);
        switch (what) {
            case 0, 1, 2, 3, 4 -> snapshot(program.vault);
            case 5, 6, 7 -> log(program.vault);
            case 8 -> program.vault.archive(ARCHIVE).putDocument("d", new byte[] {1});
            case 9, 10 -> delete(program.vault);
            case 11, 12 -> sweep(program.vault);
            case 13 -> program.vault.keys().rotate(List.of(), true);
            case 14 -> reseal(program.vault);
            case 15, 16 -> repair(program);
            case 17, 18, 19 -> synchronise(program);
            case 20 -> read(program.vault);
            default -> letRot();
        }
    }

    /** What rots is healed from where it is whole, once that place answers. */
    boolean isUnhealable(Failure failure) {
        @Nullable Rot there = rot;
        return unanswered
                && there != null
                && rots()
                && failure.code() == Code.DAMAGED_OBJECT
                && failure.message().contains(Forms.own(there.name).text());
    }

    void weather() {
        now = now.plusSeconds(random.nextInt(600));
        if (random.nextInt(40) == 0) {
            now = now.plus(Duration.ofDays(random.nextBoolean() ? 300 : -30));
        } else if (random.nextInt(4) == 0) {
            now = now.plus(Duration.ofMinutes(random.nextInt(900)));
        }
        if (random.nextInt(12) == 0) {
            second.away = !second.away;
        }
        Optional<FaultyPlace> away = first.stream().filter(place -> place.away).findFirst();
        if (away.isPresent() && random.nextInt(4) == 0) {
            away.get().away = false;
            history.add("place " + away.get().number + " is back");
        } else if (away.isEmpty() && !rots() && random.nextInt(12) == 0) {
            FaultyPlace place = first.get(random.nextInt(first.size()));
            place.away = true;
            history.add("place " + place.number + " goes away");
        }
    }

    // ---- what programs do

    void snapshot(Vault vault) {
        SnapshotId id = SnapshotId.at(now, random);
        Archive archive = vault.archive(ARCHIVE);
        List<SnapshotId> there = archive.snapshotIds();
        Optional<SnapshotId> base =
                there.isEmpty() || random.nextBoolean()
                        ? Optional.empty()
                        : Optional.of(there.get(random.nextInt(there.size())));
        List<Lease.Reading> reads =
                base.map(of -> new Lease.Reading(ARCHIVE, of)).stream().toList();
        HeldLease lease =
                new Leases(vault, () -> now)
                        .take(id.value(), Lease.Purpose.SNAPSHOT, ARCHIVE, reads);
        List<TreeEntry> tree = new ArrayList<>();
        StringBuilder content = new StringBuilder();
        try (PackWriter writer = vault.newPackWriter()) {
            byte[] bytes = new byte[1 + random.nextInt(400)];
            random.nextBytes(bytes);
            Slice data = writer.appendData(bytes, 0, bytes.length);
            byte[] map =
                    new FileMap(
                                    List.of(new Extent(0, data)),
                                    List.of(RegionDigest.of(bytes, 0, bytes.length)))
                            .encode();
            Slice at = writer.appendMap(map, 0, map.length);
            TreeEntry.RegularFile file =
                    new TreeEntry.RegularFile("new", 0600, 0, bytes.length, at);
            tree.add(file);
            content.append(HexFormat.of().formatHex(bytes));
            writer.finish();
            reusable.put(id, file);
        }
        // an unchanged file, if what the lease names was not deleted before it
        TreeEntry.@Nullable RegularFile old = base.isEmpty() ? null : reusable.get(base.get());
        if (base.isPresent() && old != null && archive.snapshot(base.get()).isPresent()) {
            tree.add(new TreeEntry.RegularFile("old", 0600, 0, old.bytes(), old.map()));
            content.append('+').append(first(truth.get("s" + base.get())));
        }
        truth.put("s" + id, content.toString());
        lease.renew();
        archive.publish(new Snapshot(id, Map.of()), tree);
        acknowledged.add("s" + id);
        history.add("acknowledged " + id);
        lease.close();
    }

    static String first(@Nullable String content) {
        return String.valueOf(content).split("\\+", -1)[0];
    }

    void log(Vault vault) {
        LogRange range = new LogRange(1, position, position + 20);
        position += 20;
        byte[] bytes =
                String.format(Locale.ROOT, "%020d", range.from())
                        .getBytes(StandardCharsets.US_ASCII);
        truth.put("l" + range, HexFormat.of().formatHex(bytes));
        vault.archive(ARCHIVE).putLog(range, bytes, 0);
        acknowledged.add("l" + range);
    }

    void delete(Vault vault) {
        List<SnapshotId> there = vault.archive(ARCHIVE).snapshotIds();
        if (there.size() > 1) {
            SnapshotId id = there.get(random.nextInt(there.size()));
            // it counts as gone from here on, whatever the answer
            deleted.add("s" + id);
            new Tombstones(vault).bury(new Tombstone(ARCHIVE, Optional.of(id), now, false, "test"));
            history.add("deleted " + id);
        }
    }

    void sweep(Vault vault) {
        SweepSettings settings =
                new SweepSettings(
                        Duration.ofHours(6),
                        false,
                        this::isStillToCopy,
                        name -> false,
                        Optional.empty());
        try (Sweep sweep = Sweep.begin(vault, () -> now, settings, () -> now)) {
            sweep.run(SweepPlan.NOTHING, SweepListener.SILENT);
        }
    }

    /** The second tier is the first program's task; while that is down nobody knows. */
    boolean isStillToCopy(ObjectName name) {
        @Nullable Program keeper = programs.getFirst();
        return keeper == null || keeper.sync.isNeeded(name);
    }

    void reseal(Vault vault) {
        int[] left = {1 + random.nextInt(15)};
        vault.resealing().run((_, _) -> {}, () -> left[0]-- == 0);
    }

    void repair(Program program) {
        switch (program.store) {
            case ZoneStore zone -> zone.repair().pass(check(program.vault));
            case GeoStore geo -> geo.copy();
            default -> {}
        }
    }

    void scrub(Program program) {
        new Scrub(program.store, List.copyOf(first), List.of(), check(program.vault))
                .run(Scrub.Report.NONE, Pace.FREE, (soFar, all) -> {}, () -> false);
    }

    static CopyCheck check(Vault vault) {
        return (name, bytes) ->
                vault.isWhole(name, bytes)
                        .map(good -> good ? CopyCheck.Verdict.GOOD : CopyCheck.Verdict.BAD)
                        .orElse(CopyCheck.Verdict.UNKNOWN);
    }

    void synchronise(Program program) {
        if (running != 0) {
            return;
        }
        Set<String> before = new LinkedHashSet<>(acknowledged);
        int[] left = {random.nextInt(3) == 0 ? random.nextInt(10) : 1000};
        TierSync.Status status =
                program.sync.pass(
                        check(program.vault), TierSync.Listener.NONE, () -> left[0]-- <= 0);
        if (status.lackingObjects() == 0) {
            // what was swept in the first tier before may be missing in both
            inSecond.addAll(before);
        }
    }

    void read(Vault vault) {
        TieredSamples.readAll(vault)
                .forEach(
                        (name, content) -> assertThat(content).as(name).isEqualTo(truth.get(name)));
    }

    // ---- what places do

    /** One copy rots at a time, of an object that is elsewhere, too. */
    void letRot() {
        if (rots() || first.stream().anyMatch(place -> place.away)) {
            return;
        }
        FaultyPlace place = first.get(random.nextInt(first.size()));
        List<ObjectName> names =
                place.objects.keySet().stream()
                        .filter(name -> name.text().matches("(packs|archives)/.*"))
                        .filter(name ->
                                first.stream()
                                                .filter(at -> at != place)
                                                .filter(at -> sameAt(place, at, name))
                                                .count()
                                        == Math.max(1, first.size() - 1))
                        .toList();
        if (!names.isEmpty()) {
            ObjectName name = names.get(random.nextInt(names.size()));
            byte[] bad = Optional.ofNullable(place.objects.get(name)).orElseThrow().clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            place.objects.put(name, bad);
            rot = new Rot(place, name, bad);
            history.add(name + " rots at " + place.number);
        }
    }

    static boolean sameAt(FaultyPlace one, FaultyPlace other, ObjectName name) {
        return Arrays.equals(one.objects.get(name), other.objects.get(name));
    }

    boolean rots() {
        @Nullable Rot there = rot;
        return there != null && Arrays.equals(there.place.objects.get(there.name), there.bad);
    }
}
